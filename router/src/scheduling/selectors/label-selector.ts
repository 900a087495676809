/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** One condition on labels. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';
  readonly values: readonly string[];
}

/** Whether labels fulfil all requirements; without requirements, all do. Semantics of Kubernetes, `apimachinery/pkg/labels`. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => fulfils(requirement, labels));
}

function fulfils({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      // A missing label is in no list.
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return value !== undefined && compare(operator, value, values[0] as string);
  }
}

function compare(operator: 'GreaterThan' | 'LessThan', value: string, limit: string): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  return operator === 'GreaterThan' ? Number(value) > Number(limit) : Number(value) < Number(limit);
}

/**
 * Reads a selector as one text, such as `app=vllm,tier in (a, b),!canary`.
 * @throws Error that names the part which is no requirement
 */
export function parseLabelSelector(selector: string): readonly LabelRequirement[] {
  return splitRequirements(selector)
    .map((part) => part.trim())
    .filter((part, index, parts) => {
      if (part === '' && parts.length > 1) throw new Error(`label selector ${JSON.stringify(selector)} has an empty part at ${index + 1}`);
      return part !== '';
    })
    .map((part) => parseRequirement(part, selector));
}

/** Splits at commas outside of parentheses. */
const splitRequirements = (selector: string): string[] => selector.split(/,(?![^(]*\))/);

/** Name with an optional DNS prefix, as Kubernetes allows it for a label key. */
const KEY = '([A-Za-z0-9][-A-Za-z0-9_./]*)';
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const FORMS = {
  set: new RegExp(`^${KEY}\\s+(in|notin)\\s*\\(([^()]*)\\)$`),
  equality: new RegExp(`^${KEY}\\s*(==|=|!=)\\s*(\\S*)$`),
  order: new RegExp(`^${KEY}\\s*([<>])\\s*([+-]?\\d+)$`),
  exists: new RegExp(`^(!?)\\s*${KEY}$`),
};

function parseRequirement(part: string, selector: string): LabelRequirement {
  const set = FORMS.set.exec(part);
  if (set !== null) {
    const values = (set[3] as string).split(',').map((value) => checkValue(value.trim(), selector));
    return { key: set[1] as string, operator: set[2] === 'in' ? 'In' : 'NotIn', values };
  }
  const equality = FORMS.equality.exec(part);
  if (equality !== null) {
    const value = checkValue(equality[3] as string, selector);
    return { key: equality[1] as string, operator: equality[2] === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const order = FORMS.order.exec(part);
  if (order !== null) {
    return { key: order[1] as string, operator: order[2] === '>' ? 'GreaterThan' : 'LessThan', values: [order[3] as string] };
  }
  const exists = FORMS.exists.exec(part);
  if (exists !== null) return { key: exists[2] as string, operator: exists[1] === '!' ? 'DoesNotExist' : 'Exists', values: [] };
  throw new Error(`label selector ${JSON.stringify(selector)}: ${JSON.stringify(part)} is no requirement, write for example "key=value"`);
}

function checkValue(value: string, selector: string): string {
  if (VALUE.test(value) && value.length <= 63) return value;
  throw new Error(`label selector ${JSON.stringify(selector)}: ${JSON.stringify(value)} can not be the value of a label`);
}
