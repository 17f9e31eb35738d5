// What the documents show is what the types allow; and what they forbid is an error.

import { Detection, enrol, Enrolled, FrontEnd, listen, Listening, loadModel, Model, Spotter } from "polyspot";

const model: Model = await loadModel("en");
const spotter = new Spotter([model]);
const heard: Detection[] = [...spotter.push(new Float32Array(320)), ...spotter.push(new Int16Array(320)), ...spotter.flush()];
const line: string = heard.map(({ keyword, language, score, start }) => `${keyword} ${language} ${score + start}`).join();
const { data, steps, labels }: { data: Float32Array; steps: number; labels: number } = model.posteriors(new Int16Array(9));
const frames: number = new FrontEnd(model).push(data).frames + steps + labels + line.length;
const learnt: Enrolled = await enrol({ model: "en", word: "kava", takes: [new Int16Array(9), data] });
const own = new Model(learnt.model).keywords.length + learnt.deviations[0] + learnt.posteriors["yes"];
const listening: Listening = await listen({
  model: ["en", new URL("https://example.org/ar.onnx"), new Uint8Array(frames + own)],
  onDetection: ({ keyword }) => keyword.toUpperCase(),
  onProgress: ({ level, posteriors }) => level + posteriors[0][0],
});
await listening.swap("ar");
const waiting = new Spotter(model, { wake: model, wakeKeywords: ["stop"], window: 4 });
waiting.arm();
const woken = await listen({
  model: "en",
  wake: "ar",
  window: waiting.isArmed ? 6 : 3,
  onDetection: () => {},
  onArmed: (isArmed) => String(isArmed),
});
await woken.arm();
await listening.stop();

// @ts-expect-error samples are typed arrays
spotter.push([0.5]);
// @ts-expect-error a spotter needs a model
new Spotter("en");
// @ts-expect-error a spotter's wake model is a Model
new Spotter(model, { wake: "en" });
// @ts-expect-error takes are typed arrays
await enrol({ model: "en", word: "kava", takes: [[0.5]] });
// @ts-expect-error somebody must hear what is heard
await listen({ model: "en" });
