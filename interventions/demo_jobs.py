"""What a workshop repairs: title, brand, model, problem, report. Invented."""

# Done on the client's vehicle, which has its own make and model.
CAR_JOBS = (
    (
        "Révision annuelle",
        "",
        "",
        "Révision des 60 000 km, contrôle des freins.",
        "Vidange, filtres et plaquettes avant remplacés.",
    ),
    (
        "Remplacement de l’embrayage",
        "",
        "",
        "Patine en côte depuis deux semaines.",
        "Kit d’embrayage et butée remplacés, essai routier concluant.",
    ),
    (
        "Diagnostic moteur",
        "",
        "",
        "Voyant moteur allumé, perte de puissance.",
        "Vanne EGR nettoyée, défauts effacés, essai de 20 km.",
    ),
    (
        "Pneus hiver",
        "",
        "",
        "Montage et équilibrage de quatre pneus.",
        "Quatre pneus montés et équilibrés, pression réglée.",
    ),
    (
        "Batterie et alternateur",
        "",
        "",
        "Ne démarre plus le matin.",
        "Batterie remplacée, charge de l’alternateur contrôlée à 14,2 V.",
    ),
)
JOBS = (
    (
        "Portail coulissant bloqué",
        "Came",
        "BX-243",
        "Le portail s’arrête à mi-course.",
        "Crémaillère réalignée, fins de course réglées.",
    ),
    (
        "Rideau métallique",
        "Somfy",
        "RDO 50",
        "Le rideau descend mais ne remonte plus.",
        "Condensateur du moteur remplacé, dix cycles d’essai.",
    ),
    (
        "Compresseur en panne",
        "Abac",
        "A29B",
        "Se coupe après deux minutes.",
        "Pressostat et clapet remplacés.",
    ),
    (
        "Perceuse à colonne",
        "Bosch",
        "PBD 40",
        "Bruit de roulement, broche qui chauffe.",
        "Roulements de broche remplacés, graissage.",
    ),
    (
        "Tondeuse autoportée",
        "Husqvarna",
        "TS 142",
        "Coupe mal, courroie détendue.",
        "Courroie et lames remplacées, carter nettoyé.",
    ),
    (
        "Nettoyeur haute pression",
        "Kärcher",
        "HD 6/15",
        "Plus de pression en sortie.",
        "Joints de pompe remplacés, 150 bars mesurés.",
    ),
    (
        "Groupe électrogène",
        "SDMO",
        "Perform 6500",
        "Tension instable en charge.",
        "Régulateur AVR remplacé, 230 V stables à pleine charge.",
    ),
    (
        "Vélo cargo électrique",
        "Douze",
        "G4e",
        "Assistance qui coupe par temps humide.",
        "Connecteur du capteur remplacé et étanché.",
    ),
    (
        "Ordinateur portable",
        "Lenovo",
        "ThinkPad T14",
        "Écran noir au démarrage.",
        "Nappe d’écran remplacée, sauvegarde vérifiée.",
    ),
    (
        "Lave-linge professionnel",
        "Miele",
        "PW 5065",
        "Fuite sous la machine.",
        "Joint de porte et durite de vidange remplacés.",
    ),
)
