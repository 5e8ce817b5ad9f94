using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.Conversation;

/// <summary>What an app may do with language models, whichever protocol it speaks (https://docs.dapr.io/reference/api/conversation_api/).</summary>
internal sealed class ConversationService(ComponentSet components)
{
    public async Task<ConversationResponseAlpha2> ConverseAsync(ConversationRequestAlpha2 request, CancellationToken cancellationToken)
    {
        if (components.Find<IConversation>(request.Name)?.Instance is not { } conversation)
            throw DaprErrors.Conversation.NotFound(request.Name);
        if (!request.Messages().Any())
            throw DaprErrors.Conversation.MissingInputs(request.Name);
        if (request.Messages().Any(m => m.MessageTypesCase == ConversationMessage.MessageTypesOneofCase.None))
            throw DaprErrors.Conversation.Invalid(request.Name, "a message has no type; it is one of ofDeveloper, ofSystem, ofUser, ofAssistant, ofTool");
        if (request.ScrubPii || request.Inputs.Any(i => i.ScrubPii))
            throw DaprErrors.Conversation.Invalid(request.Name, "scrubPII is not supported by the embedded sidecar; scrub the input before it is sent");
        try
        {
            var response = new ConversationResponseAlpha2();
            if (request.HasContextId)
                response.ContextId = request.ContextId;
            response.Outputs.Add(await conversation.ConverseAsync(request, cancellationToken).ConfigureAwait(false));
            return response;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw DaprErrors.Conversation.Failed(request.Name, e.Message);
        }
    }

    /// <summary>The first version of the API: texts with a role in, texts out.</summary>
    public async Task<ConversationResponse> ConverseAsync(ConversationRequest request, CancellationToken cancellationToken)
    {
        var alpha2 = new ConversationRequestAlpha2 { Name = request.Name, ScrubPii = request.ScrubPII };
        if (request.HasContextID)
            alpha2.ContextId = request.ContextID;
        if (request.HasTemperature)
            alpha2.Temperature = request.Temperature;
        alpha2.Metadata.Add(request.Metadata);
        alpha2.Inputs.AddRange(request.Inputs.Select(i => new ConversationInputAlpha2 { ScrubPii = i.ScrubPII, Messages = { Message(i) } }));
        var answer = await ConverseAsync(alpha2, cancellationToken).ConfigureAwait(false);
        var response = new ConversationResponse();
        if (answer.HasContextId)
            response.ContextID = answer.ContextId;
        response.Outputs.AddRange(answer.Outputs.SelectMany(o => o.Choices).Select(c => new ConversationResult { Result = c.Message?.Content ?? "" }));
        return response;
    }

    private static ConversationMessage Message(ConversationInput input)
    {
        var content = new ConversationMessageContent { Text = input.Content };
        return input.Role.ToLowerInvariant() switch
        {
            "system" => new() { OfSystem = new() { Content = { content } } },
            "developer" => new() { OfDeveloper = new() { Content = { content } } },
            "assistant" => new() { OfAssistant = new() { Content = { content } } },
            "tool" => new() { OfTool = new() { Content = { content } } },
            _ => new() { OfUser = new() { Content = { content } } },
        };
    }
}
