"""What the demo tells whoever started it."""

INTRODUCTION = """
  HomelabCmd is running. Open

    {url}{dashboard}

  The browser is logged in by itself; should it ask, it is {user} / {password}.

  Look at  the dashboard: {name} is this machine, measured every {interval} s
           what is known of it, and its history:
             {url}/config/devices/device/{device}
           the dialog that adds a server, and the options (the gear):
             {url}/config/integrations/integration/{domain}
{simulated}  Try      kill -STOP {agent}  silences the agent: offline in {offline} s;
           kill -CONT {agent}  lets it report again
           The line that the dialog of a new server shows is no toy: pasted on this
           machine, it installs the agent here.
  Logs     {folder}/*.log

  Ctrl-C ends the demo. What it recorded stays in {folder} for the next time;
  script/demo --reset starts afresh.
"""

SIMULATED = """\
           {count} servers that do not exist: they are simulated, and so is their past
           in the graphs. They have the tag "simulated", and their processors say so.
           Their messages are signed and come through the webhook, like an agent's.
  Wrong    OMV MediaServer: its media disk is over 90 % full (somebody knows),
           transmission has failed
           OMV WebServer1: the container n8n has stopped
           OMV Webserver 2: fell silent soon after it was added
           OMV AIServer1: its processor is hot
           Such alerts open after 20 s here, not minutes.
           OMV DocumentServer: has security updates and needs a reboot
           Pi-hole Backup: its agent is outdated
           OMV BackupServer is well: its disks sleep by day
           To approve the restart on the dashboard repairs transmission; n8n does not
           start again, whatever is done
"""
