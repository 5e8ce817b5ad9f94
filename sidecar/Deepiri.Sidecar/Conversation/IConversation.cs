using Dapr.Proto.Runtime.V1;

namespace Deepiri.Sidecar.Conversation;

/// <summary>A conversation component: a language model.</summary>
internal interface IConversation
{
    /// <summary>Answers all messages of the request's inputs, in their order.</summary>
    Task<IReadOnlyList<ConversationResultAlpha2>> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken);
}

internal static class ConversationMessages
{
    public static IEnumerable<ConversationMessage> Messages(this ConversationRequestAlpha2 request) => request.Inputs.SelectMany(i => i.Messages);

    /// <summary>The texts of a message, whoever said it.</summary>
    public static IEnumerable<string> Texts(this ConversationMessage message) => (message.MessageTypesCase switch
    {
        ConversationMessage.MessageTypesOneofCase.OfDeveloper => message.OfDeveloper.Content,
        ConversationMessage.MessageTypesOneofCase.OfSystem => message.OfSystem.Content,
        ConversationMessage.MessageTypesOneofCase.OfUser => message.OfUser.Content,
        ConversationMessage.MessageTypesOneofCase.OfAssistant => message.OfAssistant.Content,
        ConversationMessage.MessageTypesOneofCase.OfTool => message.OfTool.Content,
        _ => [],
    }).Select(c => c.Text);
}
