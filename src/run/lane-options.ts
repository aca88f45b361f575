/** What the walks of a run share, and what each is given. */
import type {Host, Site} from '../model.ts';
import type {Board} from './board.ts';
import type {Depot} from './depot.ts';
import type {Lease} from './lease.ts';
import type {ExecuteOptions} from './options.ts';
import type {Tally} from './tally.ts';
import type {Throttle} from './throttle.ts';

export type LaneOptions = ExecuteOptions & {
	readonly board: Board;
	readonly tally: Tally;
	readonly depot: Depot | undefined;
	readonly throttle: Throttle;
	readonly run: string;
	/** Makes a unit's name of a chapter and its hash. */
	readonly unitName: (chapter: string, hash: string) => string;
	/** What cluster.json says on a machine with this fence. */
	readonly record: (fence: number, site: Site) => string;
};

/** A machine of the run, and our hold on it. */
export type Seat = {readonly site: Site; readonly host: Host; readonly lease: Pick<Lease, 'fence' | 'lost'>};
