"""The site: a yard with a workshop inside it, a depot across the street, and their doors."""

from dataclasses import dataclass

IN, OUT, BOTH = "in", "out", "both"
YARD, WORKSHOP, DEPOT = "Domaine", "Atelier", "Dépôt"
# Each zone with those inside it.
WITHIN = {YARD: (YARD, WORKSHOP), WORKSHOP: (WORKSHOP,), DEPOT: (DEPOT,)}
PARENT = {WORKSHOP: YARD}


@dataclass(frozen=True)
class Door:
    """A reader of badges, or a camera that reads plates."""

    name: str
    zone: str
    direction: str
    camera: bool = False

    def serves(self, zone: str, way: str, *, camera: bool) -> bool:
        return (self.zone, self.camera) == (zone, camera) and self.direction in (way, BOTH)


WAY_OUT = Door("Portillon, sortie", YARD, OUT)
WAY_IN = Door("Portillon, entrée", YARD, IN)
WORKSHOP_DOOR = Door("Porte de l’atelier", WORKSHOP, BOTH)
DOORS = (
    WAY_IN,
    WAY_OUT,
    Door("Barrière, entrée", YARD, IN, camera=True),
    Door("Barrière, sortie", YARD, OUT, camera=True),
    WORKSHOP_DOOR,
    Door("Tourniquet du dépôt, entrée", DEPOT, IN),
    Door("Tourniquet du dépôt, sortie", DEPOT, OUT),
    Door("Barrière du dépôt", DEPOT, BOTH, camera=True),
)


def door_of(zone: str, way: str, *, camera: bool) -> Door:
    return next(door for door in DOORS if door.serves(zone, way, camera=camera))
