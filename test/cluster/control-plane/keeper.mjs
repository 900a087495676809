// Runs one program until standard input closes: node keeper.mjs <folder> <program> <argument>...
// The pipe closes however the test run ends (Ctrl-C, kill -9, a crash), so no API server is ever left behind. Signal
// handlers in the tests could not promise that. The folder holds what only the running program needs; it is deleted with it.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

const [folder, program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let stopping = false;

const finish = (code) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(code);
};
const stop = () => {
  if (stopping) return;
  stopping = true;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 3_000);
};
child.on('error', (error) => {
  console.error(`cannot start ${program}: ${error.message}`);
  finish(127);
});
child.on('exit', (code) => finish(stopping ? 0 : (code ?? 1)));
process.stdin.on('end', stop).on('error', stop).resume();
process.on('SIGTERM', stop).on('SIGINT', stop);
