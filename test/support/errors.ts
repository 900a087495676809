import { LlmdError } from '../../lib/validation/error';

/** The error that `build` throws; a test fails when it throws none, or one without a code. */
export function thrownBy(build: () => unknown): LlmdError {
  try {
    build();
  } catch (error) {
    expect(error).toBeInstanceOf(LlmdError);
    return error as LlmdError;
  }
  throw new Error('nothing was thrown');
}
