import { buildImages, pushImages } from './command/build-images';
import { type Action, type CommandLine, parseCommandLine } from './command/command-line';
import { imageSet, type NamedImage } from './command/image-set';
import { inspectImages } from './command/inspect-images';
import { type CommandIo, UsageError } from './command/io';
import { usage } from './command/usage';
import { ImageError } from './image-error';

const RUN: Readonly<Record<Action, (images: readonly NamedImage[], line: CommandLine, io: CommandIo) => Promise<void>>> = {
  build: buildImages,
  push: pushImages,
  inspect: inspectImages,
};

/**
 * The command `image build|push|inspect`. `argv` is what follows the word `image`. Results go to standard output (one reference a line,
 * with `@sha256:…` after a push), messages and what the tools say to standard error.
 * @returns the exit status: 0 when all was done, 1 when something failed (nothing is recorded of what failed), 2 for a wrong call
 */
export async function runImageCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    io.stdout(usage());
    return 0;
  }
  try {
    const line = parseCommandLine(argv);
    await RUN[line.action](imageSet(line, io), line, io);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr(`llm-d-epp image: ${error.message}\n("llm-d-epp image --help" lists the options)\n`);
      return 2;
    }
    if (!isExpected(error)) throw error;
    io.stderr(`llm-d-epp image: ${error.message}\n`);
    return 1;
  }
}

/** Mistakes of the user and refusals of the system are a message; defects of the program keep their stack. */
function isExpected(error: unknown): error is Error {
  return error instanceof ImageError || (error instanceof Error && 'syscall' in error);
}
