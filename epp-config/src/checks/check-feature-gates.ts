import { featureGates } from '../catalog/feature-gate-catalog';
import { parseGoBool } from '../go-values';
import type { IssueCollector } from '../issues';
import { show } from '../json';
import { describeAvailability, isKnownIn, type RouterVersion } from '../versions';

/** Reports unknown gates and bad values; returns every gate with the value in force. */
export function checkFeatureGates(
  entries: readonly unknown[],
  issues: IssueCollector,
  version: RouterVersion,
): ReadonlyMap<string, boolean> {
  const known = featureGates.filter((gate) => isKnownIn(gate, version));
  const inForce = new Map(known.map((gate) => [gate.name, gate.default]));
  entries.forEach((entry, index) => {
    if (typeof entry !== 'string') return;
    const path = `featureGates[${index}]`;
    const [name = '', value] = entry.split('=');
    if (!inForce.has(name)) {
      const other = featureGates.find((gate) => gate.name === name);
      const names = [...inForce.keys()];
      if (other !== undefined)
        issues.add('EPP014', path, `feature gate ${show(name)} ${describeAvailability(other)}, the router here is ${version}; remove it`);
      else
        issues.add(
          'EPP030',
          path,
          `unknown feature gate ${show(name)}${issues.suggest(name, names) || `, known are ${names.join(' and ')}`}`,
        );
    } else if (value === undefined) {
      inForce.set(name, true);
    } else if (version === 'v0.9.0') {
      issues.add(
        'EPP014',
        path,
        `${show(entry)} sets a value, which needs v0.10.0 or newer; write ${show(name)} to switch it on or remove it`,
      );
    } else {
      const parsed = parseGoBool(value);
      if (parsed === undefined) issues.add('EPP031', path, `${show(value)} is no value of feature gate ${show(name)}, write true or false`);
      else inForce.set(name, parsed);
    }
  });
  return inForce;
}
