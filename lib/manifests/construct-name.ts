import { Names } from 'cdk8s';
import type { Construct } from 'constructs';

/** Name of a construct: its id, or its path and a hash of it in at most `maxLength` characters. */
export function constructName(scope: Construct, style: 'plain' | 'hashed', maxLength: number): string {
  return style === 'plain' ? scope.node.id : Names.toDnsLabel(scope, { maxLen: maxLength });
}
