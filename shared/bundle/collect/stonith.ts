import { MASK } from '../../logs/secrets.ts';
import { collector } from './collector.ts';

/** Programs that fence a node, told from the wrappers (`sudo`, `timeout`, `env`) that may stand before them. */
const AGENT =
  /^(ipmitool|fence_\w+|vmware-cmd|esxcli|vim-cmd|govc|vmrun|aws|az|gcloud|oci|virsh|xe|ssh|curl|stonith|power_off\w*|racadm|hponcfg)$/;

/**
 * `stonith.conf`: one line a server, its name and the command that powers it off. The command holds credentials:
 * kept are the server's name and the program's name, nothing else of the line.
 */
export const stonith = collector(/\/stonith\.conf$/, (facts, start) => {
  facts.stonith.files.push(start());
  return {
    line(line) {
      const match = /^\s*([A-Za-z0-9][\w.-]*)\s+(\S.*?)\s*$/.exec(line.text);
      const peer = match?.[1];
      const commandLine = match?.[2];
      if (peer === undefined || commandLine === undefined) return;
      const agent = agentOf(commandLine);
      facts.stonith.peers.push({ value: { peer, agent }, at: line.redacted(`${peer} ${agent} ${MASK}`) });
    },
  };
});

function agentOf(commandLine: string): string {
  const words = commandLine.split(/\s+/).map((word) => word.replace(/^.*\//, '').replace(/^["']|["']$/g, ''));
  const known = words.find((word) => AGENT.test(word));
  if (known !== undefined) return known;
  const [first = ''] = words;
  return /^[A-Za-z][\w.-]{0,40}$/.test(first) ? first : 'unknown';
}
