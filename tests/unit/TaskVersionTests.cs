using Deepiri.TaskOrchestrator.Versions;

namespace Deepiri.UnitTests;

public sealed class TaskVersionTests
{
    /// <summary>What is let go of with each change adds up to what is kept.</summary>
    [Fact]
    public void However_many_there_are_about_a_hundred_are_kept_and_the_first()
    {
        for (var present = 1; present < 2000; present++)
        {
            var kept = VersionStore.Numbers(present).ToList();
            Assert.Equal(kept.OrderDescending().Distinct(), kept);
            Assert.Equal((present, 1), (kept[0], kept[^1]));
            Assert.True(kept.Count <= 102);
            // Nothing comes back that was let go of.
            Assert.Subset(VersionStore.Numbers(present - 1).Append(present).ToHashSet(), kept.ToHashSet());
        }
    }
}
