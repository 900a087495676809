import type { App } from 'cdk8s';

/** One complaint of a synth. */
export interface FailedValidation {
  /** Stable code, e.g. `LLMD201`; empty when the complaint is not from this library. */
  readonly code: string;
  /** Path of the construct that it concerns: the one in brackets before the sentence, or else that of the construct that complains. */
  readonly path: string;
  /** The sentence, without code and path. */
  readonly message: string;
}

const COMPLAINT = /^(?:(LLMD\d+):?\s+)?(?:\[([^\]]+)\]\s+)?(.*)$/s;

/**
 * Runs the validations that `app.synth()` runs and returns what they complain of; empty when the app can be synthesized. Nothing is
 * written and nothing is thrown, and warnings are not among the results: a warning does not fail a synth.
 */
export function failing(app: App): FailedValidation[] {
  return app.node.findAll().flatMap((construct) =>
    construct.node.validate().map((complaint) => {
      const [, code = '', path = construct.node.path, message = complaint] = COMPLAINT.exec(complaint) ?? [];
      return { code, path, message };
    }),
  );
}
