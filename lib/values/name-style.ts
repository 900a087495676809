import type { IConstruct } from 'constructs';
import { Scoped } from '../util/scoped';

const ATTACHED = new Scoped<NameStyle>('name-style');

/** How servers and gateways are named when no `name` is given; the names of all their objects follow. */
export class NameStyle {
  /** The construct's id: stable, readable, and yours to keep unique in a namespace. */
  static readonly PLAIN = new NameStyle('plain');
  /** cdk8s's own way: the construct's path and a hash of it, unique in an app. */
  static readonly HASHED = new NameStyle('hashed');

  private constructor(readonly kind: 'plain' | 'hashed') {
    Object.freeze(this);
  }

  /** The style that holds for a construct: that of the nearest scope which has one, else {@link NameStyle.PLAIN}. */
  static of(scope: IConstruct): NameStyle {
    return ATTACHED.of(scope) ?? NameStyle.PLAIN;
  }

  /** Makes this the style of everything below `scope`. */
  applyTo(scope: IConstruct): void {
    ATTACHED.attach(scope, this);
  }
}
