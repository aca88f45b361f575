/** What a command is called with: the flags, and the world around the process. Only src/main.ts makes one from the real process. */
import type {ClusterFlags} from '../cluster/flags.ts';
import type {BundleFlags} from './bundle-options.ts';
import type {ImagesFlags} from './images-options.ts';
import type {PlanFlags} from './plan-options.ts';
import type {TokenFlags} from './token-options.ts';

export type Output = 'text' | 'json' | 'yaml';

export type Around = {
	readonly stdin: NodeJS.ReadStream;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Folder that relative paths of flags are meant from. */
	readonly cwd: string;
	readonly home: string;
	/** The package's own folder: templates, package.json. */
	readonly root: string;
	readonly version: string;
	/** Aborted by Ctrl-C, by SIGTERM or SIGHUP, and when `--timeout` is over. */
	readonly signal: AbortSignal;
};

export type Flags = {
	readonly config?: string;
	readonly output: Output;
	readonly yes: boolean;
	readonly verbose: boolean;
	readonly colors: boolean;
	readonly kubeconfig?: string;
	/** `bugreport`: where the archive goes. */
	readonly outputFile?: string;
	readonly merge: boolean;
	readonly acceptNewHostKeys: boolean;
	readonly askSudoPassword: boolean;
	readonly sudoPasswordFile?: string;
	readonly askIdentityPassphrase?: boolean;
	readonly identityPassphraseFile?: string;
	readonly concurrency?: number;
	/** How long to wait for another run to end. */
	readonly lockTimeout?: string;
	readonly skipPhases: readonly string[];
	readonly onlyPhases: readonly string[];
	/** What stands on the command line beside the flags, where the verb takes such words. */
	readonly words: readonly string[];
	readonly force: boolean;
	readonly skipUnreachable: boolean;
	/** `unlock`: which nodes, and whether units are stopped. */
	readonly nodes?: readonly string[];
	readonly stop?: boolean;
	/** Say what would be done, and do nothing. */
	readonly dryRun: boolean;
	readonly plan: PlanFlags;
	readonly token: TokenFlags;
	readonly images?: ImagesFlags;
	readonly bundle: BundleFlags;
	/** `node remove`: whether pods are moved first, and how long they are waited for. */
	readonly drain: boolean;
	readonly drainTimeout?: string;
	/** `join`: a control plane of the cluster, and what the machines become. */
	readonly joinCluster?: string;
	readonly role?: 'control-plane' | 'worker';
	/** The part of the config file that was given as flags. */
	readonly cluster: ClusterFlags;
};

export type Call = {readonly flags: Flags; readonly around: Around};

/** One verb: reads, calls, reports, and gives the exit code. */
export type Command = (call: Call) => Promise<number>;
