import * as pulumi from '@pulumi/pulumi';
import { aroundRemains, hasPlaceholderRemains, isDerived, placeholder, splitPlaceholders } from '../util/placeholder';
import { setPlaceholderOwner } from '../util/placeholder-table';
import { ensure, fail } from '../validation/error';
import { atDeployment } from './deployment-error';

// The automation API runs many programs in one process, each below a stack of its own; outputs of one mean nothing to another.
setPlaceholderOwner(() => pulumi.runtime.getStackResource());

/**
 * A text that stands for a value which is only known at deployment, for every place of a construct that wants a `string`: an image or
 * a part of one (`repo@${outputToken(digest)}`), a name, a namespace, an environment variable, a label, text inside of a ConfigMap, the
 * value of a JSON patch.
 *
 * When the stack registers its objects, Pulumi gets the output in its place: a preview shows it as unknown, a secret stays secret in
 * every field that holds it (encrypted in the state; in a ConfigMap the cluster still stores it as plain text), and what is only known
 * then is not checked before. The value goes in as it is: text that must be quoted inside of JSON or YAML has to be quoted before.
 *
 * A plain text is returned as it is. The same output gives the same token, and pods roll when its value changes, not when the program
 * makes its tokens in another order. A token is known as long as the program runs or somebody has a construct that it was deployed in;
 * after that the automation API, which runs many programs in one process, can free its value. Throws LLMD906 for what is no text, promise
 * or output. Outside of a `ServingStack` a synth fails with LLMD901; texts that were shortened or re-cased after they got a token fail with
 * LLMD902.
 */
export function outputToken(output: pulumi.Input<string>): string {
  if (typeof output === 'string') {
    return output;
  }
  const waits = pulumi.Output.isInstance(output) || (typeof output === 'object' && output !== null && 'then' in output);
  ensure(waits, 'LLMD906', { given: output === null ? 'null' : typeof output });
  return placeholder(output);
}

/**
 * A text with tokens as the output that it stands for, e.g. the `endpoint` of a route in a namespace that another stack made:
 * `resolveTokens(stack.constructs.endpoint)`. A text without tokens is an output at once.
 *
 * The program fails with LLMD905 at deployment when an output in it turns out to have no value; in a preview such a text is unknown. Throws
 * LLMD902 for a token that was cut, and for one of another program of the automation API that has ended.
 */
export function resolveTokens(text: string): pulumi.Output<string> {
  ensure(!hasPlaceholderRemains(text), 'LLMD902', { where: 'what resolveTokens was given', given: aroundRemains(text) });
  return resolveText(text, `"${described(text)}"`);
}

/** The same, with the place of the text for messages. */
export function resolveText(text: string, where: string): pulumi.Output<string> {
  const parts = splitPlaceholders(text);
  return pulumi.all(parts.map((part) => (typeof part === 'string' ? part : inputOf(part.value, where)))).apply((values) =>
    // A provider's preview may leave out what only the cluster fills in (a `uid`), instead of saying that it is unknown.
    (values as readonly unknown[]).includes(undefined) && pulumi.runtime.isDryRun()
      ? unknownText
      : values.map((value, index) => textOf(value, where, parts[index] as string | { value: object })).join(''),
  );
}

function inputOf(value: unknown, where: string): pulumi.Input<unknown> {
  return isDerived(value) ? resolveText(value.text, where).apply((known) => atDeployment(() => value.derive(known), value)) : value;
}

/** What a step of an `apply` answers for a text that is not known yet: the output is unknown, and what follows from it too. */
export const unknownText = pulumi.unknown as unknown as string;

// Stack references and configuration are untyped, so numbers come too.
function textOf(value: unknown, where: string, part: string | { readonly value: object }): string {
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isText) {
    const given = value === null ? 'null' : typeof value;
    atDeployment(() => fail('LLMD905', { where, given }), typeof part === 'string' ? undefined : part.value);
  }
  return String(value);
}

function described(text: string): string {
  return splitPlaceholders(text)
    .map((part) => (typeof part === 'string' ? part : '…'))
    .join('');
}
