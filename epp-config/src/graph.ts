/** An order in which everything follows what it depends on, or the cycle that forbids one. */
export type GraphOrder =
  | { readonly order: readonly string[]; readonly cycle?: undefined }
  | { readonly order?: undefined; readonly cycle: readonly string[] };

/**
 * Topological order that keeps the given order where dependencies allow. Walks with its own stack, so that a chain of any
 * length cannot exhaust the call stack. Dependencies outside `nodes` are ignored.
 */
export function topologicalOrder(nodes: readonly string[], dependenciesOf: (node: string) => readonly string[]): GraphOrder {
  const known = new Set(nodes);
  const state = new Map<string, 'open' | 'done'>();
  const order: string[] = [];
  for (const root of nodes) {
    if (state.has(root)) continue;
    state.set(root, 'open');
    const stack = [{ node: root, rest: [...dependenciesOf(root)].reverse() }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = top.rest.pop();
      if (next === undefined) {
        state.set(top.node, 'done');
        order.push(top.node);
        stack.pop();
      } else if (state.get(next) === 'open') {
        const path = stack.map((entry) => entry.node);
        return { cycle: [...path.slice(path.indexOf(next)), next] };
      } else if (known.has(next) && !state.has(next)) {
        state.set(next, 'open');
        stack.push({ node: next, rest: [...dependenciesOf(next)].reverse() });
      }
    }
  }
  return { order };
}
