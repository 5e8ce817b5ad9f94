using System.Runtime.InteropServices;
using Deepiri.Training.Networks;
using Google.Protobuf;

namespace Deepiri.Training.Onnx;

/// <summary>Writes networks as ONNX models (https://onnx.ai/onnx/operators/). The size of the batch, and of a text, stays free.</summary>
internal sealed class OnnxWriter
{
    private const int IrVersion = 8;
    private const int OperatorSet = 17;
    private const int Float = 1;
    private const int Int64 = 7;
    private const string Batch = "batch";

    private readonly GraphProto _graph;

    private OnnxWriter(string name) => _graph = new GraphProto { Name = name };

    public static byte[] Write(string name, int version, string description, Network network)
    {
        var writer = new OnnxWriter(name);
        writer.WriteGraph(network);
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "deepiri-training", ModelVersion = version, DocString = description, Graph = writer._graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = OperatorSet });
        return model.ToByteArray();
    }

    private void WriteGraph(Network network)
    {
        var value = network.Embedding is { } embedding ? WriteEmbedding(embedding) : Input("features", Float, network.Inputs);
        for (var i = 0; i < network.Hidden.Count; i++)
            value = WriteLayer($"hidden{i + 1}", network.Hidden[i], value);
        for (var h = 0; h < network.Heads.Count; h++)
        {
            var head = network.Heads[h];
            var result = WriteLayer($"{head.Name}_logits", network.Outputs[h], value);
            var output = head.Kind switch { HeadKind.Softmax => "Softmax", HeadKind.Sigmoid => "Sigmoid", _ => "Identity" };
            Node(output, [result], head.Name, head.Kind == HeadKind.Softmax ? [Attribute("axis", 1)] : []);
            _graph.Output.Add(Value(head.Name, Float, head.Size));
        }
    }

    /// <summary>The mean of the vectors of those tokens that are no padding; padding's own vector is zero.</summary>
    private string WriteEmbedding(EmbeddingBag embedding)
    {
        var tokens = Input("tokens", Int64, "length");
        var vectors = Tensor("vectors", [embedding.Buckets, embedding.Dimensions], embedding.Vectors.Values);
        var axis = Tensor("axis1", [1], 1L);
        var sum = Node("ReduceSum", [Node("Gather", [vectors, tokens], "gathered", [Attribute("axis", 0)]), axis], "sum", [Attribute("keepdims", 0)]);
        var real = Node("Cast", [Node("Not", [Node("Equal", [tokens, Tensor("padding", [1], 0L)], "is_padding")], "is_token")], "ones", [Attribute("to", Float)]);
        var count = Node("ReduceSum", [real, axis], "count", [Attribute("keepdims", 1)]);
        return Node("Div", [sum, count], "mean");
    }

    private string WriteLayer(string name, DenseLayer layer, string input)
    {
        var weights = Tensor(name + "_weights", [layer.Outputs, layer.Inputs], layer.Weights.Values);
        var biases = Tensor(name + "_biases", [layer.Outputs], layer.Biases.Values);
        var sum = Node("Gemm", [input, weights, biases], layer.Rectified ? name + "_sum" : name, [Attribute("transB", 1)]);
        return layer.Rectified ? Node("Relu", [sum], name) : sum;
    }

    private string Node(string type, IEnumerable<string> inputs, string output, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return output;
    }

    private string Tensor<T>(string name, long[] dimensions, params T[] values) where T : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = typeof(T) == typeof(long) ? Int64 : Float, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
        tensor.Dims.AddRange(dimensions);
        _graph.Initializer.Add(tensor);
        return name;
    }

    private string Input(string name, int type, object columns)
    {
        _graph.Input.Add(Value(name, type, columns));
        return name;
    }

    private static AttributeProto Attribute(string name, long value) => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    private static ValueInfoProto Value(string name, int type, object columns)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = Batch });
        shape.Dim.Add(columns is int size ? new TensorShapeProto.Types.Dimension { DimValue = size } : new TensorShapeProto.Types.Dimension { DimParam = (string)columns });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } } };
    }
}
