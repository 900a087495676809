import { own, show } from '../json';
import { list, map, type ObjectRule, object, text, word } from '../schema';

const valuesFitOperator: ObjectRule = (expression) => {
  const operator = own(expression, 'operator');
  const values = own(expression, 'values');
  const count = Array.isArray(values) ? values.length : 0;
  if ((operator === 'In' || operator === 'NotIn') && count === 0) {
    return [{ field: 'values', message: `operator ${show(operator)} has no values, list at least one` }];
  }
  if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) {
    return [{ field: 'values', message: `operator ${show(operator)} takes no values, remove them` }];
  }
  return [];
};

/** A Kubernetes LabelSelector (meta/v1). */
export const labelSelectorParameters = {
  matchLabels: map(text()),
  matchExpressions: list(
    object(
      {
        key: text({ required: true }),
        operator: word(['In', 'NotIn', 'Exists', 'DoesNotExist'], { required: true }),
        values: list(text()),
      },
      { rules: [valuesFitOperator] },
    ),
  ),
} as const;
