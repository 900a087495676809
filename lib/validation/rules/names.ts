import { checkLabels, MAX_LABEL_LENGTH } from '../../util/dns';
import { LlmdError } from '../error';
import { type Finding, finding } from '../findings';
import { fields, type SynthModel, type SynthObject } from '../model';
import { describeNamespace, type Rule } from './rule';

/** V21, V54: no object is written twice, and names and labels are legal also after patches. */
export const names: Rule = (model) => {
  const known = new Map<string, boolean>();
  return [...collisions(model), ...model.objects.flatMap((object) => [...legalName(model, object), ...legalLabels(model, object, known)])];
};

function collisions({ objects }: SynthModel): readonly Finding[] {
  const first = new Map<string, SynthObject>();
  return objects.flatMap((object) => {
    const { apiVersion, kind, namespace, name, path } = object;
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const key = JSON.stringify([group, kind, namespace, name]);
    const other = first.get(key);
    if (other === undefined) {
      first.set(key, object);
      return [];
    }
    return [finding('LLMD313', path, { kind, name, namespace: describeNamespace(namespace), first: other.path, second: path })];
  });
}

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const MAX_SUBDOMAIN = 253;

function legalName(model: SynthModel, { path, name, apiVersion }: SynthObject): readonly Finding[] {
  const max = model.isOurs(path) ? MAX_LABEL_LENGTH : MAX_SUBDOMAIN;
  // Names of roles and their bindings may hold more characters.
  const legal = apiVersion.startsWith('rbac.') || (DNS_SUBDOMAIN.test(name) && name.length <= max);
  return legal ? [] : [finding('LLMD101', path, { name, max, length: name.length })];
}

function legalLabels(model: SynthModel, object: SynthObject, known: Map<string, boolean>): readonly Finding[] {
  const ofObject = fields(fields(object.json.metadata).labels);
  const ofPods = model.workloadOf(object)?.pods.map(({ labels }) => labels) ?? [];
  return [ofObject, ...ofPods]
    .flatMap((labels) => Object.entries(labels))
    .filter(([key, value]) => !isLegal(key, value, known))
    .map(([key, value]) => finding('LLMD102', object.path, { key, value: String(value) }));
}

/** Most labels are on many objects. */
function isLegal(key: string, value: unknown, known: Map<string, boolean>): boolean {
  const label = JSON.stringify([key, value]);
  const legal = known.get(label) ?? tryLabel(key, value);
  known.set(label, legal);
  return legal;
}

function tryLabel(key: string, value: unknown): boolean {
  try {
    checkLabels({ [key]: value as string });
    return true;
  } catch (error) {
    if (error instanceof LlmdError) {
      return false;
    }
    throw error;
  }
}
