import type { IConstruct } from 'constructs';
import { aroundRemains, hasPlaceholder, hasPlaceholderRemains } from '../util/placeholder';
import { anyPlaceholder, placeholderHolder } from '../util/placeholder-table';
import { type Finding, finding } from './findings';

const RESOLVED = Symbol.for('cdk8s-llm-d.resolves-placeholders');

/**
 * Tells the validation that what is below `scope` is deployed by something that puts values in the place of placeholders. They stay known
 * as long as somebody has one of the constructs, whose texts may hold them.
 */
export function resolvePlaceholdersOf(scope: IConstruct): void {
  (scope as unknown as Record<symbol, object>)[RESOLVED] = placeholderHolder();
}

/** What `toString` of a Pulumi output answers. */
const OUTPUT_AS_TEXT = /Calling \[toString\] on an \[Output<T>\] is not supported/;

/** What an object holds that would reach the cluster as the text of a placeholder. */
export function placeholderFindings(object: IConstruct, json: unknown): readonly Finding[] {
  const { path } = object.node;
  const resolved = object.node.scopes.some((scope) => RESOLVED in scope);
  if (!resolved && !anyPlaceholder()) {
    return [];
  }
  const found: Finding[] = hasPlaceholder(path) ? [finding('LLMD904', path, {})] : [];
  walk(json, '', (text, where, isKey) => {
    if (hasPlaceholderRemains(text)) {
      found.push(finding('LLMD902', path, { where, given: aroundRemains(text) }));
    } else if (hasPlaceholder(text) && isKey) {
      found.push(finding('LLMD903', path, { where }));
    } else if (OUTPUT_AS_TEXT.test(text)) {
      found.push(finding('LLMD910', path, { where }));
    } else if (hasPlaceholder(text) && !resolved) {
      found.push(finding('LLMD901', path, { where }));
    }
  });
  return found;
}

/** Every text of a manifest, keys included, with the place where it stands. */
function walk(value: unknown, where: string, tell: (text: string, where: string, isKey: boolean) => void): void {
  if (typeof value === 'string') {
    tell(value, where, false);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walk(item, `${where}[${index}]`, tell);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      tell(key, where, true);
      walk(item, where === '' ? key : `${where}.${key}`, tell);
    }
  }
}
