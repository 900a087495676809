/** Annotations by which the Kubernetes provider of Pulumi is told how to deploy one object. The API server stores them like any other. */
export const PULUMI_ANNOTATIONS = {
  /** `"true"`: the object counts as ready when the API server has taken it. */
  skipAwait: 'pulumi.com/skipAwait',
  /** `condition=Type`, `jsonpath={.path}=value`, or a JSON list of them that must all hold; it replaces what the provider waits for. */
  waitFor: 'pulumi.com/waitFor',
  /** Seconds; what `customTimeouts` says goes first. */
  timeoutSeconds: 'pulumi.com/timeoutSeconds',
} as const;

/** Annotations of an object. */
export function annotationsOf(json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const metadata = json.metadata as { annotations?: Readonly<Record<string, unknown>> } | undefined;
  return metadata?.annotations ?? {};
}

/** A manifest with more annotations; those that it has stay as they are. */
export function annotated(json: Readonly<Record<string, unknown>>, more: Readonly<Record<string, string>>): Record<string, unknown> {
  if (Object.keys(more).length === 0) {
    return { ...json };
  }
  const metadata = json.metadata as Readonly<Record<string, unknown>>;
  return { ...json, metadata: { ...metadata, annotations: { ...more, ...annotationsOf(json) } } };
}
