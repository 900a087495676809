#!/usr/bin/env node
import { runImageCommand } from './image/run-image-command';

const IMAGE_HELP = '"llm-d-epp image" builds and pushes the image of the router: llm-d-epp image --help\n\n';

/** `llm-d-epp image …` is the command for the image; everything else starts the router, which the image holds alone. */
async function main([command, ...rest]: readonly string[]): Promise<void> {
  if (command === 'image') {
    process.exitCode = await runImageCommand(rest, {
      cwd: process.cwd(),
      env: process.env,
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
    });
    return;
  }
  if (command === '--help' || command === '-h') process.stdout.write(IMAGE_HELP);
  await import('./main.js');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
