namespace Deepiri.Engagement.Seasons;

/// <summary>Closes seasons when they are over: the next begins by itself, since its points are counted under its own name.</summary>
internal sealed partial class SeasonKeeper(SeasonArchive archive, TimeProvider time, ILogger<SeasonKeeper> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        var closed = new HashSet<string>();
        do
        {
            try
            {
                foreach (var season in archive.Over().Where(s => !closed.Contains(s.Id)))
                {
                    await archive.CloseAsync(season, stoppingToken);
                    closed.Add(season.Id);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                NotClosed(log, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A season could not be closed; it will be tried again in a minute")]
    private static partial void NotClosed(ILogger log, Exception e);
}
