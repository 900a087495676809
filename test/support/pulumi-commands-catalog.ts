/** Commands of the Pulumi CLI that the pages name, with the flags they may name. Source: pkg/cmd/pulumi of pulumi/pulumi, 3.246. */
export const PULUMI_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'config set': ['--secret'],
  destroy: ['--ignore-protect', '--yes'],
  install: [],
  login: ['--local'],
  'policy enable': [],
  'policy publish': [],
  preview: ['--diff', '--policy-pack', '--policy-pack-config'],
  refresh: [],
  'stack init': [],
  'stack output': ['--show-secrets'],
  'stack rm': [],
  'state unprotect': [],
  up: ['--diff', '--policy-pack', '--policy-pack-config', '--refresh', '--target', '--yes'],
};
