// A scorer of the user's own: it goes into the image, and its content into the tag.
export default () => ({ score: () => new Float64Array() });
