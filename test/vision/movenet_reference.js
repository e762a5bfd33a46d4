// node movenet_reference.js MODEL_FOLDER FOLDER
//
// Runs MoveNet in TensorFlow.js on the pictures that movenet_reference.py wrote to FOLDER, and prints as JSON what it gives
// for each: the picture's checksum, every so many-th row and column of the network's maps, and the output of the graph.
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const tf = require("@tensorflow/tfjs-core");
const { loadGraphModel } = require("@tensorflow/tfjs-converter");
require("@tensorflow/tfjs-backend-cpu");

const [modelFolder, folder] = process.argv.slice(2);

const files = {
  load: async () => {
    const model = JSON.parse(fs.readFileSync(path.join(modelFolder, "movenet-multipose.json")));
    const [{ paths, weights }] = model.weightsManifest;
    const weightData = new Uint8Array(fs.readFileSync(path.join(modelFolder, paths[0]))).buffer;
    return { format: model.format, modelTopology: model.modelTopology, weightSpecs: weights, weightData };
  },
};

const numbers = (tensor) => Array.from(tensor.dataSync(), (value) => Number(value.toPrecision(7)));

const main = async () => {
  await tf.setBackend("cpu");
  const model = await loadGraphModel(files);
  const { heads, step, shapes } = JSON.parse(fs.readFileSync(path.join(folder, "inputs.json")));
  const some = (map) => tf.stridedSlice(map, [0, 0, 0, 0], map.shape, [1, step, step, 1]);
  const reference = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const bytes = fs.readFileSync(path.join(folder, `${name}.rgb`));
    const picture = tf.tensor4d(new Int32Array(bytes), [1, ...shape], "int32");
    const [output, ...maps] = model.execute(picture, ["Identity:0", ...heads]);
    reference[name] = {
      sha256: crypto.createHash("sha256").update(bytes).digest("hex"),
      heads: maps.map((map) => numbers(some(map))),
      output: numbers(output),
    };
  }
  console.log(JSON.stringify(reference));
};

main();
