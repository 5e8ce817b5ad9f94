using Dapr.Proto.Runtime.V1;

namespace Deepiri.Sidecar.Conversation;

/// <summary><c>conversation.echo</c>: says what it was told, and calls every tool that it was given; for trying out an app without a model.</summary>
internal sealed class EchoConversation : IConversation
{
    public Task<IReadOnlyList<ConversationResultAlpha2>> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken)
    {
        var message = new ConversationResultMessage { Content = string.Join('\n', request.Messages().SelectMany(m => m.Texts())) };
        message.ToolCalls.AddRange(request.Tools.Select((tool, i) => new ConversationToolCalls
        {
            Id = $"{i}",
            Function = new() { Name = tool.Function?.Name ?? "", Arguments = string.Join(',', Properties(tool).Order(StringComparer.Ordinal)) },
        }));
        var choice = new ConversationResultChoices { FinishReason = message.ToolCalls.Count > 0 ? "tool_calls" : "stop", Message = message };
        return Task.FromResult<IReadOnlyList<ConversationResultAlpha2>>([new ConversationResultAlpha2 { Choices = { choice } }]);
    }

    private static IEnumerable<string> Properties(ConversationTools tool) =>
        tool.Function?.Parameters?.Fields.TryGetValue("properties", out var properties) == true && properties.StructValue is { } named ? named.Fields.Keys : [];
}
