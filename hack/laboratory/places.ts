/** Where the lab keeps things: what can be made anew under the cache, what a living lab needs under the state folder. */
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {env} from 'node:process';

export const cache = join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubestrap');
export const componentsCache = join(cache, 'components');
export const mirrorCache = join(cache, 'mirror');
export const rootfsCache = join(cache, 'rootfs');

/** One folder per lab below it. */
export const state = env.XDG_STATE_HOME === undefined ? '/var/lib/kubestrap-lab' : join(env.XDG_STATE_HOME, 'kubestrap-lab');

export const repository = resolve(import.meta.dirname, '../..');
export const modules = join(import.meta.dirname, 'modules');
