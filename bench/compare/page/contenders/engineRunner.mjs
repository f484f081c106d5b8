// The one place that knows how an engine of ours is asked for logits alone, and how to tell whether it heard.

/** `isMeasured`: with every measure. */
export async function engineRunner(engine, { config, weights, image, eps2 }, isMeasured) {
  await engine.load(config, weights);
  const runner = {
    note: null,
    async run() {
      const { logits, layers } = await engine.run(image, eps2, undefined, isMeasured ? 'all' : 'none');
      if (isMeasured) return { values: logits, layers };
      runner.note = layers.length > 0 ? 'with all measures: the engine has no way to leave them out' : null;
      return { values: logits };
    },
  };
  return runner;
}
