import { isDeepStrictEqual } from 'node:util';
import { resourceName } from '@pulumi/pulumi';
import { Cluster, type IModelServers, ImageMirror, ImageRegistry, NameStyle, Release, type ServingChartProps } from '../../index';
import { ensure } from '../../validation/error';
import { type ComponentOptions, given } from './component';
import { constructOf, type InferenceGatewayArgs, isServersComponent, providerOf, type RoutedServers, serversOf } from './gateway-args';
import { propsOf } from './inputs';
import { SURROUNDINGS } from './servers';

/** Facts of a place in a tree that a gateway takes from its servers, and how they are told in a message. */
const TAKEN: {
  readonly [P in 'cluster' | 'release' | 'nameStyle' | 'imageRegistry' | 'imageMirror']: {
    readonly of: (servers: IModelServers) => ServingChartProps[P] | undefined;
    readonly shown: (value: ServingChartProps[P] | undefined) => string;
  };
} = {
  cluster: { of: (servers) => Cluster.of(servers), shown: (cluster) => String(cluster?.name) },
  release: { of: (servers) => Release.of(servers), shown: (release) => String(release?.row.name) },
  nameStyle: { of: (servers) => NameStyle.of(servers), shown: (style) => String(style?.kind) },
  imageRegistry: { of: (servers) => ImageRegistry.of(servers), shown: (registry) => registry ?? 'none' },
  imageMirror: { of: (servers) => ImageMirror.find(servers), shown: (mirror) => (mirror as ImageMirror | undefined)?.registry ?? 'none' },
};

/** The chart of a gateway: what it was given, and what its first servers have. Throws LLMD920 when others have something else. */
export function chartOfGateway(args: InferenceGatewayArgs): ServingChartProps {
  const own = propsOf<ServingChartProps>(given(args, [...SURROUNDINGS, 'labels']));
  const servers = membersOf(args);
  const [first] = servers;
  if (first === undefined) {
    return own;
  }
  const taken = Object.entries(TAKEN).map(([prop, { of, shown }]) => {
    const value = of(first);
    const show = shown as (value: unknown) => string;
    const other = prop in own ? undefined : servers.find((one) => !isDeepStrictEqual(of(one), value));
    ensure(other === undefined, 'LLMD920', {
      prop,
      first: first.plan.name,
      second: String(other?.plan.name),
      one: show(value),
      other: other === undefined ? '' : different(show(of(other)), show(value)),
    });
    return [prop, value];
  });
  const all = { namespace: first.plan.namespace, ...Object.fromEntries(taken), ...own };
  return given(all, [...SURROUNDINGS, 'labels']);
}

/**
 * The options of a gateway. One that was given neither provider nor parent takes the provider of its first servers, since it belongs to
 * the same cluster; undefined when others have another one.
 */
export function optionsOfGateway(args: InferenceGatewayArgs, options: ComponentOptions): ComponentOptions {
  const provider = providerOf(serversOf(args)[0]);
  return provider === undefined || isPlaced(options) ? options : { ...options, provider };
}

/** Throws LLMD920 when the components of a gateway have different providers, so that the gateway can not take theirs. */
export function checkProviders(args: InferenceGatewayArgs, options: ComponentOptions): void {
  const [first, ...others] = serversOf(args).filter(isServersComponent);
  const other = others.find((one) => providerOf(one) !== providerOf(first));
  ensure(isPlaced(options) || other === undefined, 'LLMD920', {
    prop: 'provider',
    first: String(first?.construct.plan.name),
    second: String(other?.construct.plan.name),
    one: nameOf(first),
    other: nameOf(other),
  });
}

function isPlaced({ provider, providers, parent }: ComponentOptions): boolean {
  return (provider ?? providers ?? parent) !== undefined;
}

function nameOf(servers: RoutedServers | undefined): string {
  const provider = providerOf(servers);
  return provider === undefined ? 'the default one' : `"${resourceName(provider)}"`;
}

/** Servers that can be asked where they stand; what is no server at all is refused by `addModel`. */
export function membersOf(args: InferenceGatewayArgs): readonly IModelServers[] {
  return serversOf(args)
    .map(constructOf)
    .filter((servers) => servers?.plan !== undefined && servers.node !== undefined);
}

function different(text: string, from: string): string {
  return text === from ? `${text} with other options` : text;
}
