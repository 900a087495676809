/** What a planner knows of a model. */
export interface ModelPlan {
  /** Name under which clients ask for it. */
  readonly servedName: string;
  /** What the engine is given: a Hugging Face id or a path in the pod. */
  readonly reference: string;
  /** Legal label value: the last part of the name. */
  readonly shortName: string;
  /** Name and key of the Secret that holds the Hugging Face token; undefined for none. */
  readonly token: { readonly secretName: string; readonly key: string } | undefined;
}
