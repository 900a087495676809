/**
 * Assertions on synthesized manifests, for any test runner: what does not hold throws a plain `Error` that says what there is.
 *
 * @packageDocumentation
 */
export { type FailedValidation, failing } from './failing';
export { Manifests, manifests } from './manifests';
export { ManifestResult, type PartialManifest } from './result';
