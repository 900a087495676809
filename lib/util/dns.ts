import { ensure } from '../validation/error';
import { checkText } from './check';
import { derivedPlaceholder, hasPlaceholder } from './placeholder';

/**
 * Longest name we give to an object: ReplicaSet, LeaderWorkerSet and pod suffixes are added to it by the cluster, and the sum must
 * stay within the 63 characters of a DNS label.
 */
export const MAX_NAME_LENGTH = 45;
/** Longest DNS label, and longest value of a Kubernetes label. */
export const MAX_LABEL_LENGTH = 63;

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const NAMESPACE = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const EXTENDED_RESOURCE = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?\/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const QUALIFIED_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Joins the parts of an object name; throws LLMD101 when the result is not a DNS-1035 label of at most `max` characters. */
export function objectName(parts: readonly string[], max = MAX_NAME_LENGTH): string {
  const name = parts.filter((part) => part !== '').join('-');
  ensure(DNS_LABEL.test(name) && name.length <= max, 'LLMD101', { name, max, length: name.length });
  return name;
}

/** Throws LLMD102 when a label's key or value would be refused by the API server. */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(labels)) {
    ensure(QUALIFIED_NAME.test(key) && key.length <= 253 + 1 + MAX_LABEL_LENGTH, 'LLMD102', { key, value: '' });
    ensure(typeof value === 'string' && LABEL_VALUE.test(value) && value.length <= MAX_LABEL_LENGTH, 'LLMD102', {
      key,
      value: String(value),
    });
  }
}

/** Throws LLMD107 unless `name` can name a namespace; nothing given is legal. */
export function checkNamespace(prop: string, name: unknown): void {
  const allowed = 'a namespace is named by at most 63 lower-case letters, digits and "-", without "-" at its ends';
  checkText(prop, name, NAMESPACE, allowed);
}

/** Throws LLMD107 unless `name` can name an object of someone else, a Secret say; nothing given is legal. */
export function checkReference(prop: string, name: unknown): void {
  const allowed =
    'an object is named by at most 253 lower-case letters, digits, "-" and ".", with a letter or digit at the ends of each part';
  checkText(prop, name, SUBDOMAIN, allowed);
}

/** Throws LLMD105 or LLMD107 unless `name` can name a PersistentVolumeClaim. */
export function checkClaim(name: string): void {
  ensure(name !== undefined && name !== null && name !== '', 'LLMD105', { prop: 'claimName', change: 'name the PersistentVolumeClaim' });
  checkReference('claimName', name);
}

/** Throws LLMD107 unless `name` can be an extended resource of a node; nothing given is legal. */
export function checkExtendedResource(prop: string, name: unknown): void {
  checkText(prop, name, EXTENDED_RESOURCE, 'an extended resource is "<domain>/<name>", e.g. "nvidia.com/gpu"');
}

/** Throws LLMD107 when the API server would refuse an annotation. */
export function checkAnnotations(prop: string, annotations: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(annotations)) {
    checkText(
      prop,
      key,
      QUALIFIED_NAME,
      'the key of an annotation is "[prefix/]name", the name at most 63 letters, digits, "-", "_" or "."',
    );
    ensure(typeof value === 'string', 'LLMD107', { prop, given: `${key}: ${value}`, allowed: 'the value of an annotation is text' });
  }
}

/**
 * The nearest legal label value of free text (a model's name, say): illegal characters become `-`, the ends are trimmed. Of a text
 * that is only known at deployment, it is made there.
 */
export function labelValue(text: string): string {
  if (hasPlaceholder(text)) {
    return derivedPlaceholder('label-value', text, labelValue);
  }
  return text
    .replace(/[^-A-Za-z0-9_.]+/g, '-')
    .slice(0, MAX_LABEL_LENGTH)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
