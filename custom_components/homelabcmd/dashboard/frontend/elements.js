// Our own elements, for what no core card can do.

import { ActionsElement } from "./actions-element.js";
import { AlertsElement } from "./alerts-element.js";
import { CostsElement } from "./costs-element.js";
import { define } from "./define.js";
import { DevicesElement } from "./devices-element.js";
import { DisksElement } from "./disks-element.js";
import { FactsElement } from "./facts-element.js";
import { GraphsElement } from "./graphs-element.js";
import { ScansElement } from "./scans-element.js";
import { ServersElement } from "./servers-element.js";
import { WatchedElement } from "./watched-element.js";

define("homelabcmd-servers", ServersElement);
define("homelabcmd-alerts", AlertsElement);
define("homelabcmd-actions", ActionsElement);
define("homelabcmd-costs", CostsElement);
define("homelabcmd-devices", DevicesElement);
define("homelabcmd-disks", DisksElement);
define("homelabcmd-facts", FactsElement);
define("homelabcmd-graphs", GraphsElement);
define("homelabcmd-scans", ScansElement);
define("homelabcmd-watched", WatchedElement);
