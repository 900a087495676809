import { pulumiTools } from './tools';

const tools = pulumiTools();
if (!tools.found) {
  process.stderr.write(
    `NOT TESTED with a real Pulumi: no ${tools.missing} in PULUMI_BIN, on PATH or below ~/.pulumi. Install the CLI, then ` +
      '`pulumi plugin install resource kubernetes`.\n',
  );
}

/** Folders of Pulumi's programs; empty where there are none. */
export const PULUMI_PATH: readonly string[] = tools.found ? tools.path : [];

/** `describe`, or a skip that says on the terminal what is missing. */
export const describePulumi = tools.found ? describe : describe.skip;
