"""How different the texts of a batch are from one another and from those labelled already, by their frozen features."""

import numpy as np

from model.strategies.pool import Pool

CLUSTERED = 5000  # texts whose clusters are sought, the pool's first, which are a random sample
REFERENCE, NEIGHBOURS = 1000, 20  # texts that density is read from, and how many of the nearest count


def k_center(pool: Pool, batch: int, _rng: np.random.Generator) -> np.ndarray:
    """Each in turn the text farthest from all labelled and chosen ones: the greedy core-set (Sener and Savarese 2018).

    Where nothing is labelled the first is the pool's most typical.
    """
    features, seen = directions(pool)
    near = (features @ seen.T).max(1) if len(seen) else -density(pool)
    chosen: list[int] = []
    for _ in range(batch):
        chosen.append(int(near.argmin()))
        closest = features @ features[chosen[-1]]
        near = closest if len(seen) + len(chosen) == 1 else np.maximum(near, closest)
        near[chosen] = np.inf
    return np.array(chosen)


def k_means(pool: Pool, batch: int, rng: np.random.Generator, weights: np.ndarray | None = None) -> np.ndarray:
    """The text nearest to each of ``batch`` cluster centres, texts weighing ``weights`` (rows,) in the clustering."""
    from sklearn.cluster import MiniBatchKMeans  # slow to import

    features, _ = directions(pool)
    if batch == len(features):
        return np.arange(batch)
    clustered = slice(CLUSTERED)  # the rest can still be nearest
    means = MiniBatchKMeans(batch, batch_size=2048, max_iter=20, n_init=1, random_state=int(rng.integers(2**31)))
    means.fit(features[clustered], sample_weight=None if weights is None else weights[clustered])
    return nearest(features, means.cluster_centers_)


def density(pool: Pool) -> np.ndarray:
    """How close together the texts around each one lie, (rows,) in 0 to 1: the mean similarity of its nearest
    neighbours among the pool's first rows.

    Settles and Craven 2008; near ones alone, as in the typicality of Hacohen et al. 2022.
    """
    features, _ = directions(pool)
    similar = features @ features[:REFERENCE].T
    similar[np.arange(min(len(features), REFERENCE)), np.arange(min(len(features), REFERENCE))] = -1  # not itself
    count = min(NEIGHBOURS, similar.shape[1])
    return (1 + np.partition(similar, -count, axis=1)[:, -count:].mean(1)) / 2


def nearest(features: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """For each centre in turn the nearest row that no centre before it took."""
    distances = (centres**2).sum(1) - 2 * features @ centres.T
    chosen = []
    for column in distances.T:
        chosen.append(int(column.argmin()))
        distances[chosen[-1]] = np.inf
    return np.array(chosen)


def directions(pool: Pool) -> tuple[np.ndarray, np.ndarray]:
    """Features of pool and labelled texts, from the pool's mean and at length 1: pooled features share a large mean."""
    mean = pool.features.mean(0)
    return _unit(pool.features - mean), _unit(pool.seen - mean)


def _unit(features: np.ndarray) -> np.ndarray:
    return features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-9)
