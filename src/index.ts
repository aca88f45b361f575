/**
 * The doors for programs (interfaces.md §7): the same functions that the commands walk through, typed and without a terminal.
 * `load → connect → survey → check → identify → plan → execute`; nothing here prints, exits or reads the environment by itself,
 * but `openSecrets` for tokens that the config names as `{env: …}`.
 */
export {openArtifact} from './artifacts/cache.ts';
export {copyImages} from './artifacts/copy.ts';
export {readLock, writeLock} from './artifacts/lock.ts';
export {openRegistry} from './artifacts/registry/registry.ts';
export {applyIgnores, check} from './checks/check.ts';
export {fromFlags, load} from './cluster/load.ts';
export {printConfig} from './cluster/print.ts';
export {configSchema} from './cluster/schema.ts';
export * from './errors.ts';
export type {Agreed, Difference, Look} from './foresight/difference.ts';
export {agreed, differencesOf} from './foresight/differences.ts';
export {connect} from './host/connect.ts';
export {identify} from './identity/identify.ts';
export {openSecrets} from './identity/secrets.ts';
export type * from './model.ts';
export {narrow} from './narrow.ts';
export {removeNodes} from './pipeline/remove.ts';
export {converge, joinTo, preflight} from './pipeline.ts';
export {plan} from './plan.ts';
export {recipes} from './recipes.ts';
export {execute} from './run/execute.ts';
export {lookAt, observe} from './run/observe.ts';
export {settle} from './run/settle.ts';
export {readLiving, seated} from './survey/living.ts';
export {sitesOf} from './survey/sites.ts';
export {survey} from './survey/survey.ts';
