import type { IConstruct } from 'constructs';
import { coverTree } from '../util/last-step';
import { mirrorImages } from '../values/image-mirror';
import { annotate } from './annotations';
import { type Collected, collect } from './collect';
import { type Finding, isAcknowledged } from './findings';
import { buildModel } from './model';
import { neighboursOf, seenTogether } from './neighbours';
import { runRules } from './rules';
import { printWarnings } from './warnings';

const HOLDER = Symbol.for('cdk8s-llm-d.synth-validation');

/**
 * The validation of one tree of constructs.
 *
 * cdk8s asks construct by construct, the root first, and prints `[construct path]` before each answer. So the root's turn runs every
 * rule over the tree as it is then, and each construct answers with what concerns it when its own turn comes.
 */
export class SynthValidation {
  private readonly attached = new Set<IConstruct>();
  /** Answers of the run that the root began, each given once. */
  private answers = new Map<IConstruct, readonly string[]>();
  /** Of this tree alone: one process may preview a program and then deploy it, or run those of several stacks. */
  private readonly printed = new Set<string>();

  /** The validation of a tree; the first caller attaches it to the root. */
  static of(root: IConstruct): SynthValidation {
    const holder = root as unknown as Record<symbol, SynthValidation | undefined>;
    const known = holder[HOLDER] ?? new SynthValidation(root);
    holder[HOLDER] = known;
    return known;
  }

  private constructor(private readonly root: IConstruct) {
    coverTree(root, mirrorImages);
    this.attached.add(root);
    root.node.addValidation({
      validate: () => {
        this.answers = this.run();
        return this.take(root);
      },
    });
  }

  /** Lets a construct answer for the findings that concern it. */
  attach(scope: IConstruct): void {
    if (!this.attached.has(scope)) {
      this.attached.add(scope);
      scope.node.addValidation({ validate: () => this.take(scope) });
    }
  }

  private take(scope: IConstruct): string[] {
    // Asked without the root's turn before it, a construct must not answer from an older run.
    const answer = this.answers.get(scope) ?? this.run().get(scope) ?? [];
    this.answers.delete(scope);
    return [...answer];
  }

  private run(): Map<IConstruct, readonly string[]> {
    const collected = collect(this.root);
    const { constructs } = collected;
    const found = inOrder([...collected.findings, ...this.told(collected)], [...constructs.keys()]);
    const errors = new Map<IConstruct, string[]>();
    const warnings: Finding[] = [];
    for (const finding of found) {
      const scope = constructs.get(finding.path);
      if (finding.severity === 'warning') {
        warnings.push(...(isAcknowledged(scope ?? this.root, finding.code) ? [] : [finding]));
        continue;
      }
      const lines = errors.get(scope ?? this.root) ?? [];
      lines.push(`${finding.code} ${scope === undefined ? `[${finding.path}] ` : ''}${finding.message}`);
      errors.set(scope ?? this.root, lines);
      this.attach(scope ?? this.root);
    }
    printWarnings(warnings, this.printed);
    annotate(constructs, warnings);
    return new Map([...this.attached].map((scope) => [scope, errors.get(scope) ?? []]));
  }

  /** What the rules find in this tree, which they see beside its neighbours. */
  private told(own: Collected): readonly Finding[] {
    const neighbours = neighboursOf(this.root);
    if (neighbours.length === 0) {
      return runRules(buildModel(own));
    }
    const found = runRules(buildModel(seenTogether([...neighbours.map((neighbour) => neighbour()), own])));
    return found.filter(({ path }) => own.constructs.has(path));
  }
}

/** Each finding once: in the order of the tree, then by code and sentence. */
function inOrder(findings: readonly Finding[], paths: readonly string[]): readonly Finding[] {
  const position = new Map(paths.map((path, index) => [path, index]));
  const at = ({ path }: Finding) => position.get(path) ?? paths.length;
  const unique = new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.code, finding.message]), finding]));
  return [...unique].sort(([a, first], [b, second]) => at(first) - at(second) || (a < b ? -1 : 1)).map(([, finding]) => finding);
}
