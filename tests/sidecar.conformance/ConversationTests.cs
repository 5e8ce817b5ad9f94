using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The conversation API, both versions of it, over both protocols.</summary>
public sealed class ConversationTests : IAsyncLifetime
{
    private const string Completion = """
        {"id":"c1","object":"chat.completion","model":"tiny-1","choices":[
          {"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"Hello","tool_calls":[{"id":"t1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}]}}],
         "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
        """;

    private readonly SidecarUnderTest _sidecar = new();

    private HttpClient Dapr => _sidecar.Dapr();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task The_first_version_takes_texts_and_gives_texts()
    {
        await StartAsync("conversation.echo");
        var answer = await ConverseAsync("alpha1", """{"contextID":"c","inputs":[{"content":"a","role":"system"},{"content":"b"}],"temperature":0.5,"later":"field"}""").JsonAsync();
        Assert.Equal(("c", "a\nb"), (answer.GetProperty("contextID").GetString(), answer.GetProperty("outputs")[0].GetProperty("result").GetString()));
        var grpc = await _sidecar.Grpc().UnaryAsync<ConversationResponse>(Method("ConverseAlpha1"), new ConversationRequest { Name = "model", Inputs = { new ConversationInput { Content = "x" } } });
        Assert.Equal("x", Assert.Single(grpc.Outputs).Result);
    }

    [Fact]
    public async Task The_second_takes_messages_and_tools_and_gives_choices()
    {
        await StartAsync("conversation.echo");
        var answer = await ConverseAsync("alpha2", """
            {"inputs":[{"messages":[{"ofSystem":{"content":[{"text":"be brief"}]}},{"ofUser":{"name":"ada","content":[{"text":"hi"},{"text":"there"}]}}]}],
             "tools":[{"function":{"name":"weather","parameters":{"type":"object","properties":{"unit":{},"city":{}}}}}]}
            """).JsonAsync();
        var choice = answer.GetProperty("outputs")[0].GetProperty("choices")[0];
        Assert.Equal(("tool_calls", "be brief\nhi\nthere"), (choice.GetProperty("finishReason").GetString(), choice.GetProperty("message").GetProperty("content").GetString()));
        var call = choice.GetProperty("message").GetProperty("toolCalls")[0];
        Assert.Equal(("0", "weather", "city,unit"), (call.GetProperty("id").GetString(), call.GetProperty("function").GetProperty("name").GetString(), call.GetProperty("function").GetProperty("arguments").GetString()));
    }

    [Theory]
    [InlineData("""{"inputs":[]}""", "ERR_CONVERSATION_MISSING_INPUTS", "failed conversing with component model: missing inputs in request")]
    [InlineData("""{"inputs":[{"messages":[{}]}]}""", "ERR_CONVERSATION_INVALID_PARMS", "failed conversing with component model: a message has no type; it is one of ofDeveloper, ofSystem, ofUser, ofAssistant, ofTool")]
    [InlineData("""{"inputs":[{"scrubPii":true,"messages":[{"ofUser":{}}]}]}""", "ERR_CONVERSATION_INVALID_PARMS", "failed conversing with component model: scrubPII is not supported by the embedded sidecar; scrub the input before it is sent")]
    public async Task What_is_wrong_with_a_request_is_400(string body, string code, string message)
    {
        await StartAsync("conversation.echo");
        await ConverseAsync("alpha2", body).IsErrorAsync(400, code, message);
        await ConverseAsync("alpha2", "[").HasStatusAsync(400);
        await ConverseAsync("alpha2", "{").HasStatusAsync(400);
        await ConverseAsync("alpha2", """{"inputs":"x"}""").HasStatusAsync(400);
        await Dapr.PostAsync("/v1.0-alpha2/conversation/nope/converse", SidecarUnderTest.Json(body)).IsErrorAsync(400, "ERR_CONVERSATION_NOT_FOUND", "failed finding conversation component nope");
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<ConversationResponse>(Method("ConverseAlpha1"), new ConversationRequest { Name = "model" }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task A_server_of_OpenAIs_interface_is_asked_and_its_answer_comes_back_whole()
    {
        await using var server = await TestApp.StartAsync();
        server.Answer = (context, _) => context.Response.WriteAsync(Completion);
        await StartAsync("conversation.openai", $"{{name: key, value: secret}}, {{name: model, value: tiny}}, {{name: endpoint, value: 'http://127.0.0.1:{server.Port}/v1/'}}");
        var answer = await ConverseAsync("alpha2", """
            {"temperature":0.2,"toolChoice":"weather","responseFormat":{"type":"json_object"},
             "inputs":[{"messages":[{"ofDeveloper":{"content":[{"text":"d"}]}},{"ofSystem":{"content":[{"text":"s"}]}},{"ofUser":{"content":[{"text":"u"}]}},
               {"ofAssistant":{"toolCalls":[{"id":"t0","function":{"name":"weather","arguments":"{}"}}]}},{"ofTool":{"toolId":"t0","name":"weather","content":[{"text":"rain"}]}}]}],
             "tools":[{"function":{"name":"weather","description":"of a city","parameters":{"type":"object"}}}]}
            """).JsonAsync();
        var request = Assert.Single(server.Requests);
        Assert.Equal(("/v1/chat/completions", "Bearer secret"), (request.Path, request.Headers["Authorization"]));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"model":"tiny","messages":[{"role":"user","content":"d"},{"role":"system","content":"s"},{"role":"user","content":"u"},
              {"role":"assistant","tool_calls":[{"id":"t0","type":"function","function":{"name":"weather","arguments":"{}"}}]},{"role":"tool","content":"rain","tool_call_id":"t0"}],
             "temperature":0.2,"tools":[{"type":"function","function":{"name":"weather","description":"of a city","parameters":{"type":"object"}}}],
             "tool_choice":{"type":"function","function":{"name":"weather"}},"response_format":{"type":"json_object"}}
            """), JsonNode.Parse(request.Body)), request.Body);
        var output = Assert.Single(answer.GetProperty("outputs").EnumerateArray());
        var choice = output.GetProperty("choices")[0];
        Assert.Equal(("Hello", "tiny-1", "7"), (choice.GetProperty("message").GetProperty("content").GetString(), output.GetProperty("model").GetString(), output.GetProperty("usage").GetProperty("totalTokens").GetString()));
        Assert.Equal(("tool_calls", "{\"city\":\"Ulm\"}"), (choice.GetProperty("finishReason").GetString(), choice.GetProperty("message").GetProperty("toolCalls")[0].GetProperty("function").GetProperty("arguments").GetString()));
    }

    [Fact]
    public async Task Azure_is_asked_by_its_deployment_with_its_key_and_version()
    {
        await using var server = await TestApp.StartAsync();
        server.Answer = (context, _) => context.Response.WriteAsync(Completion);
        await StartAsync("conversation.openai", $"{{name: key, value: secret}}, {{name: model, value: tiny}}, {{name: apiType, value: azure}}, {{name: apiVersion, value: 2024-10-21}}, {{name: endpoint, value: 'http://127.0.0.1:{server.Port}'}}");
        await ConverseAsync("alpha1", """{"inputs":[{"content":"x"}]}""").HasStatusAsync(200);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("/openai/deployments/tiny/chat/completions?api-version=2024-10-21", "secret"), (request.RawTarget, request.Headers["api-key"]));
        Assert.False(request.Headers.ContainsKey("Authorization"));
    }

    [Theory]
    [InlineData(429, """{"error":{"message":"slow down"}}""", "the model answered 429: ")]
    [InlineData(200, "not json", "the model answered 200: the answer is no chat completion: ")]
    [InlineData(200, "{}", "the model answered 200: the answer is no chat completion: ")]
    public async Task A_model_that_fails_is_500_with_its_reason(int status, string body, string message)
    {
        await using var server = await TestApp.StartAsync();
        server.Answer = (context, _) =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };
        await StartAsync("conversation.openai", $"{{name: key, value: secret}}, {{name: endpoint, value: 'http://127.0.0.1:{server.Port}'}}");
        using var answer = await ConverseAsync("alpha1", """{"inputs":[{"content":"x"}]}""");
        var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((500, "ERR_CONVERSATION_INVOKE"), ((int)answer.StatusCode, error.GetProperty("errorCode").GetString()));
        Assert.StartsWith("failed conversing with component model: " + message, error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_server_that_is_away_is_500_and_not_an_answer_of_the_model()
    {
        await StartAsync("conversation.openai", $"{{name: key, value: secret}}, {{name: endpoint, value: 'http://127.0.0.1:{FreePort.Take()}'}}");
        using var answer = await ConverseAsync("alpha1", """{"inputs":[{"content":"x"}]}""");
        Assert.Equal(500, (int)answer.StatusCode);
        Assert.Contains("the model's server did not answer: ", JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("message").GetString());
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    private Task StartAsync(string type, string metadata = "")
    {
        _sidecar.Resources($"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: model}}\nspec: {{type: {type}, version: v1, metadata: [{metadata}]}}");
        return _sidecar.StartAsync();
    }

    private Task<HttpResponseMessage> ConverseAsync(string version, string body) => Dapr.PostAsync($"/v1.0-{version}/conversation/model/converse", SidecarUnderTest.Json(body));
}
