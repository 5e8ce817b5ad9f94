using System.Diagnostics;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>nginx as a reverse proxy with keep-alive to one upstream: the peer of sidecar and gateway.</summary>
internal sealed class Nginx : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    private Nginx(Uri upstream, IReadOnlyDictionary<string, string> headers)
    {
        var port = FreePort.Take();
        Address = new Uri($"http://127.0.0.1:{port}");
        var set = string.Concat(headers.Select(h => $"proxy_set_header {h.Key} \"{h.Value}\";\n"));
        var configuration = _directory.Write("nginx.conf", $$"""
            daemon off;
            worker_processes auto;
            pid {{_directory.Path}}/nginx.pid;
            error_log {{_directory.Path}}/error.log;
            events { worker_connections 1024; }
            http {
              access_log off;
              client_body_temp_path {{_directory.Path}}/body;
              proxy_temp_path {{_directory.Path}}/proxy;
              fastcgi_temp_path {{_directory.Path}}/fastcgi;
              uwsgi_temp_path {{_directory.Path}}/uwsgi;
              scgi_temp_path {{_directory.Path}}/scgi;
              keepalive_requests 1000000;
              upstream target { server 127.0.0.1:{{upstream.Port}}; keepalive 256; keepalive_requests 1000000; }
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass http://target;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  {{set}}
                }
              }
            }
            """);
        _process = Process.Start("nginx", ["-c", configuration, "-p", _directory.Path]);
    }

    public Uri Address { get; }

    public static async Task<Nginx> StartAsync(Uri upstream, IReadOnlyDictionary<string, string>? headers = null)
    {
        var nginx = new Nginx(upstream, headers ?? new Dictionary<string, string>());
        using var http = new HttpClient { BaseAddress = nginx.Address };
        await Eventually.AssertAsync(async () => (await http.GetAsync("/hello")).Dispose());
        return nginx;
    }

    public void Dispose()
    {
        using (var quit = Process.Start("kill", ["-QUIT", _process.Id.ToString()]))
            quit.WaitForExit();
        _process.WaitForExit();
        _process.Dispose();
        _directory.Dispose();
    }
}
