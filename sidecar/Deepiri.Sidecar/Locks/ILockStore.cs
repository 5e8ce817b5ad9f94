namespace Deepiri.Sidecar.Locks;

/// <summary>How an unlock ended; the numbers are Dapr's.</summary>
internal enum UnlockStatus
{
    Success = 0,
    DoesNotExist = 1,
    BelongsToOthers = 2,
    InternalError = 3,
}

/// <summary>A lock component.</summary>
internal interface ILockStore
{
    /// <summary>Takes a lock for a time; false when somebody has it.</summary>
    Task<bool> TryLockAsync(string key, string owner, TimeSpan expiry);

    /// <summary>Gives a lock back, if it is the owner's.</summary>
    Task<UnlockStatus> UnlockAsync(string key, string owner);
}
