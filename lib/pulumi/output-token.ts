import * as pulumi from '@pulumi/pulumi';
import { isDerived, placeholder, splitPlaceholders } from '../util/placeholder';
import { ensure } from '../validation/error';

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
 * makes its tokens in another order. Throws LLMD906 for what is no text, promise or output. Outside of a `ServingStack` a synth fails
 * with LLMD901; texts that were shortened or re-cased after they got a token fail with LLMD902.
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
 * The program fails with LLMD905 at deployment when an output in it turns out to have no value.
 */
export function resolveTokens(text: string): pulumi.Output<string> {
  return resolveText(text, `"${described(text)}"`);
}

/** The same, with the place of the text for messages. */
export function resolveText(text: string, where: string): pulumi.Output<string> {
  const parts = splitPlaceholders(text).map((part) => {
    if (typeof part === 'string') {
      return part;
    }
    const { value } = part;
    return isDerived(value) ? resolveText(value.text, where).apply((known) => value.derive(known)) : (value as pulumi.Input<unknown>);
  });
  return pulumi.all(parts).apply((values) => values.map((value) => textOf(value, where)).join(''));
}

// Stack references and configuration are untyped, so numbers come too.
function textOf(value: unknown, where: string): string {
  const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  ensure(isText, 'LLMD905', { where, given: value === null ? 'null' : typeof value });
  return String(value);
}

function described(text: string): string {
  return splitPlaceholders(text)
    .map((part) => (typeof part === 'string' ? part : '…'))
    .join('');
}
