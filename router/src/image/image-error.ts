/** A mistake of the user, or something that is missing: its message says what was given, what is allowed and what to change. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}
