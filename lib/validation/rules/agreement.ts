import { hasPlaceholder } from '../../util/placeholder';
import { Image } from '../../values/image';
import { type Finding, finding } from '../findings';
import { type Flags, flagsOf, wordsOf } from './command-line';
import { type EngineView, engineOfRole, type Rule } from './rule';

/** V32: what both roles must share for decode to read a cache that prefill wrote. */
export const agreement: Rule = (model) => {
  const engines = engineOfRole(model);
  return model.servers.flatMap(({ path, roles }) => {
    const of = (wanted: string) => roles.filter(({ role }) => role === wanted).map((role) => engines.get(role))[0];
    const prefill = of('prefill');
    const decode = of('decode');
    return prefill === undefined || decode === undefined ? [] : compare(path, prefill, decode);
  });
};

const FACTS: Readonly<Record<string, (engine: EngineView, flags: Flags) => string | undefined>> = {
  'the engine': ({ role }) => role.engine.kind,
  'the model': ({ container }, flags) => flags.get('model') ?? flags.get('model-path') ?? modelOf(wordsOf(container)),
  'the model revision': (_, flags) => flags.get('revision'),
  'tokens of a KV block': (_, flags) => flags.get('block-size') ?? flags.get('page-size'),
  'the precision of the KV cache': (_, flags) => flags.get('kv-cache-dtype'),
  'the precision of the weights': (_, flags) => flags.get('dtype'),
  'the KV connector': (_, flags) => flags.json('kv-transfer-config')?.kv_connector as string | undefined,
};

/** The word after `vllm serve`. */
function modelOf(words: readonly string[]): string | undefined {
  const at = words.indexOf('serve');
  return at === -1 ? undefined : words[at + 1];
}

function compare(path: string, prefill: EngineView, decode: EngineView): readonly Finding[] {
  const flags = [flagsOf(prefill.container), flagsOf(decode.container)] as const;
  const differ = (what: string, first: string | undefined, second: string | undefined) =>
    first === second
      ? []
      : [finding('LLMD403', path, { what, prefill: first ?? "the engine's default", decode: second ?? "the engine's default" })];
  return [
    ...Object.entries(FACTS).flatMap(([what, fact]) => differ(what, fact(prefill, flags[0]), fact(decode, flags[1]))),
    ...imageDiffers(prefill, decode).flatMap(([first, second]) => differ('the version of the engine image', first, second)),
    ...kvRoles(path, flags),
  ];
}

/** Tags are only comparable within one repository, and when they are known; devices of two vendors need two images. */
function imageDiffers(prefill: EngineView, decode: EngineView): readonly (readonly [string, string])[] {
  const [first, second] = [prefill, decode].map(({ container }) => Image.tryParse(container.image));
  if (first === undefined || second === undefined || first.repository !== second.repository) {
    return [];
  }
  if ([first, second].some((image) => hasPlaceholder(image.toString()))) {
    return [];
  }
  return [[first.digest ?? first.tag ?? 'latest', second.digest ?? second.tag ?? 'latest']];
}

const ROLE_PAIRS: ReadonlySet<string> = new Set(['kv_both kv_both', 'kv_producer kv_consumer']);

function kvRoles(path: string, [prefill, decode]: readonly [Flags, Flags]): readonly Finding[] {
  const [first, second] = [prefill, decode].map((flags) => flags.json('kv-transfer-config')?.kv_role);
  return first === undefined || second === undefined || ROLE_PAIRS.has(`${first} ${second}`)
    ? []
    : [finding('LLMD403', path, { what: 'the side of the transfer', prefill: String(first), decode: String(second) })];
}
