/** The program that runs a model. */
export class Engine {
  readonly kind!: 'vllm' | 'sglang' | 'simulator';
}
