using System.Text;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Http;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conversation;

/// <summary>Dapr's conversation API over HTTP: the messages of the gRPC API as JSON.</summary>
internal sealed class ConversationApi(ConversationService conversation)
{
    private static readonly JsonParser s_parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public async Task ConverseAlpha1Async(HttpContext context, string name)
    {
        var request = await ReadAsync<ConversationRequest>(context, name).ConfigureAwait(false);
        request.Name = name;
        await WriteAsync(context, await conversation.ConverseAsync(request, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public async Task ConverseAlpha2Async(HttpContext context, string name)
    {
        var request = await ReadAsync<ConversationRequestAlpha2>(context, name).ConfigureAwait(false);
        request.Name = name;
        await WriteAsync(context, await conversation.ConverseAsync(request, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, string name) where T : IMessage<T>, new()
    {
        var body = await context.Request.BodyAsync().ConfigureAwait(false);
        try
        {
            return s_parser.Parse<T>(Encoding.UTF8.GetString(body.Span));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidJsonException or InvalidOperationException)
        {
            throw DaprErrors.Conversation.Invalid(name, e.Message);
        }
    }

    private static Task WriteAsync(HttpContext context, IMessage message)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonFormatter.Default.Format(message), context.RequestAborted);
    }
}
