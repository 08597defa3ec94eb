import type { auditFormats } from "./auditFormats";
import type { MeasuringOptions } from "./measuring";

export interface AuditCommandOptions extends MeasuringOptions {
  state?: string;
  otherState?: string;
  objects?: string;
  gateway?: string;
  secretVersions?: string;
  last?: string;
  deployed?: string;
  offline: boolean;
  source?: string[];
  area?: string[];
  warnDays: string;
  format: (typeof auditFormats)[number];
  output?: string;
  report?: string;
}
