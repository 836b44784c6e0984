// What the help of `outrider import` says below its options.

export const importHelp = `Accounts come from the environment, or from .env in this folder (the shell wins):
  PLATFORM_LOGIN, PLATFORM_PASSWORD              a user of the platform
  PLATFORM_ADMIN_LOGIN, PLATFORM_ADMIN_PASSWORD  an administrator, who may list organizations
  (or ALERT_API_LOGIN, _PASSWORD, _ADMIN_LOGIN, _ADMIN_PASSWORD, which win)
  LOCAL_ANNOTATION_LOGIN, _PASSWORD              the annotation API, when it is on this machine
  MAIN_ANNOTATION_LOGIN, _PASSWORD               any other; ANNOTATOR_LOGIN, _PASSWORD for both

What cannot go in:
  A sequence is refused whole when its camera, organization, place, time or ids break a rule, or when none of
  its pictures can be had. A record that breaks one (a picture that is gone or is no JPEG or PNG, a detection
  the server refuses) is left out with its reason, and the rest of its sequence goes on. A box that breaks one
  is left out of its picture. All of them are listed at the end, and in --json.

What is there already:
  Nothing is made twice. An annotation of a program is brought up to date; one that a person has had a hand in
  (any stage past ready_to_annotate, a classification, a moved box) is left alone, unless --overwrite.
  A sequence that fails is tried once more, then taken back if this import made it; else the next run goes on
  with it. What was sent is noted in <data>/import, beside the store of an agent that may be running: the next
  run skips it without reading it again. The annotation API has the last word: what is no longer there is
  imported again.

--split-objects reads every sequence before it sends the first, and follows boxes through time: thresholds and
sizes of clusters do not count then. A clone is annotated anew here, and parked at its source (at older
servers: marked under_annotation) only when it is safe here. --overwrite says how many sequences of people it
would replace, and asks.

Exit codes: 0 done (also when all was there), 1 nothing could be imported, 2 wrong usage, 3 some could not,
130 stopped by Ctrl-C; the next run goes on.`;
