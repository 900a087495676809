/** A whole number with an optional sign; undefined when the text is anything else, such as Python's `None`. */
export const wholeNumber = (text: string): number | undefined => (/^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined);
