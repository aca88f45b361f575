/** The files by which a machine knows names without DNS. */
import type {Site} from '../model.ts';

/** cloud-init makes /etc/hosts anew at every boot of one of these where it is told to (`manage_etc_hosts`), as Debian's images for clouds are. */
export const hostsTemplates: readonly string[] = ['debian', 'redhat', 'suse', 'alpine', 'arch', 'photon'].map(
	(family) => `/etc/cloud/templates/hosts.${family}.tmpl`,
);

/** What cloud-init is told at all; files of `….d` beside it come after it. */
export const cloudInit = '/etc/cloud/cloud.cfg';

/** Where a name must be written on this machine to stay known. The survey looks for the templates. */
export function hostsFiles({facts}: Site): string[] {
	return ['/etc/hosts', ...hostsTemplates.filter((path) => facts.files[path] !== undefined)];
}
