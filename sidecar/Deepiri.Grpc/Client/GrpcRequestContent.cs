using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Deepiri.Grpc.Framing;
using Google.Protobuf;

namespace Deepiri.Grpc.Client;

/// <summary>A request's body that is written while the call stands.</summary>
internal sealed class GrpcRequestContent : HttpContent
{
    private readonly TaskCompletionSource<PipeWriter> _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GrpcRequestContent() => Headers.ContentType = new MediaTypeHeaderValue(MessageFraming.ContentType);

    public async Task WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        var writer = await _open.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        MessageFraming.Write(writer, message);
        await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Complete() => _complete.TrySetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        // The headers go out before the first message, so that the server can accept the call.
        await stream.FlushAsync().ConfigureAwait(false);
        var writer = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        _open.SetResult(writer);
        await _complete.Task.ConfigureAwait(false);
        await writer.CompleteAsync().ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
